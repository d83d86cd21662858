//! A collector over HTTP/1.1 in this process, which answers as it is told and reads what it gets with
//! OpenTelemetry's own types; and what it is sent. No test is here.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use prost::Message;

use crate::common::{Context, usual_python};

/// A place with one recording whose numbers are known: the one that guards the format.
pub(crate) fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::copy(gold, folder.join("gold.rec")).unwrap();
    context
}

/// One request, as the collector got it.
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) head: String,
    /// Bytes of its body.
    pub(crate) sent: usize,
    pub(crate) request: ExportMetricsServiceRequest,
}

/// A collector that gives these answers, and then always the last one.
pub(crate) struct Collector {
    pub(crate) url: String,
    got: Receiver<Got>,
}

pub(crate) const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
pub(crate) const BUSY: &str =
    "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nbusy";
pub(crate) const NEVER: &str = "HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nno \x1bc";

impl Collector {
    pub(crate) fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (send, got) = channel();
        let answers: Vec<String> = answers.iter().map(|it| (*it).to_owned()).collect();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let answer = &answers[number.min(answers.len() - 1)];
                let Ok(got) = receive(stream.unwrap(), answer) else {
                    return;
                };
                if send.send(got).is_err() {
                    return;
                }
            }
        });
        Self { url, got }
    }

    #[track_caller]
    pub(crate) fn next(&self) -> Got {
        self.got.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    #[track_caller]
    pub(crate) fn has_no_more(&self) {
        assert!(self.got.try_recv().is_err());
    }
}

fn receive(stream: TcpStream, answer: &str) -> std::io::Result<Got> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.get_mut().write_all(answer.as_bytes())?;
    if head.contains("content-encoding: gzip\r\n") {
        let mut unpacked = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut unpacked)?;
        body = unpacked;
    }
    Ok(Got {
        at: Instant::now(),
        head,
        sent: length,
        request: ExportMetricsServiceRequest::decode(&*body).unwrap(),
    })
}

impl Got {
    /// Calls of `shop:pay` in it.
    pub(crate) fn calls(&self) -> Vec<i64> {
        let resources = self.request.resource_metrics.iter();
        let metrics = resources
            .flat_map(|it| &it.scope_metrics)
            .flat_map(|it| &it.metrics);
        let calls = metrics.filter(|it| it.name == "probe.calls");
        let points = calls.flat_map(|it| match it.data.as_ref().unwrap() {
            Data::Sum(sum) => sum.data_points.clone(),
            other => panic!("{other:?}"),
        });
        let of_pay = points.filter(|it| format!("{:?}", it.attributes).contains("shop:pay"));
        let values = of_pay.map(|it| match it.value.unwrap() {
            Value::AsInt(count) => count,
            Value::AsDouble(other) => panic!("{other}"),
        });
        values.collect()
    }
}

pub(crate) fn push(context: &Context, collector: &Collector, arguments: &[&str]) -> Command {
    let mut push = context.probe(&["push", "--otlp", &collector.url]);
    push.args(arguments);
    push
}
