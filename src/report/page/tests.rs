//! The page as text: what a browser is told it may run, that data stays data, and the data itself.
//! What it looks like and does is `cargo xtask browser`.

use serde_json::{Value, json};

use super::{About, data, live_policy, render, render_live};
use crate::harmless;
use crate::latency::{bounds, slot_of};
use crate::recording::testing::{Description, NodeDescription, ThreadDescription};
use crate::report::model::Model;
use crate::report::page::assets::{FRAME, SCRIPT, STYLE};
use crate::report::tests::{model_of, shop};

/// What a page must not take for its own.
const EVIL: &str = "a:</script><!--<img src=x onerror=alert(1)>&amp;\"'{{script}}{{data}}\u{2028}\u{202e}\u{1b}[2J";

fn about(heading: &str) -> About<'_> {
    About {
        heading,
        read_at: 1_795_521_660_000_000_000,
    }
}

fn page_of(model: &Model) -> String {
    render(&data(model, about("/srv/shop/.venv"))).unwrap()
}

fn value_of(model: &Model) -> Value {
    serde_json::to_value(data(model, about("/srv/shop/.venv"))).unwrap()
}

/// The data that a page holds, read as a browser does: up to the first end of a script.
fn data_in(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .unwrap();
    let (text, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(text).unwrap()
}

/// Everything that other programs choose has the evil name.
fn evil() -> Model {
    let mut evil = Description {
        host: EVIL.to_owned(),
        argv: vec![EVIL.to_owned(), EVIL.to_owned()],
        exited_wall: None,
        boot_id: [6; 16],
        threads: vec![ThreadDescription {
            id: 1,
            in_use: true,
            past: 0,
            frames: vec![(1_000_000, 0)],
        }],
        ..Description::default()
    };
    evil.called(EVIL, &[5, 6]).begun = 3;
    evil.nodes.push(NodeDescription {
        parent: None,
        function: 0,
        calls: 2,
        total: 11,
        own: 11,
    });
    model_of(&[evil])
}

#[test]
fn evil_names_stay_within_the_data() {
    let model = evil();
    let text = render(&data(&model, about(EVIL))).unwrap();
    // The frame has three elements that a script's end ends; a name must add none.
    assert_eq!(
        text.matches("</script>").count(),
        FRAME.matches("</script>").count()
    );
    assert!(!text.contains("<!--") && !text.contains("<img"), "{text}");
    let name = harmless::line(EVIL);
    let data = data_in(&text);
    assert_eq!(data["heading"], *name);
    assert_eq!(data["functions"][0]["name"], *name);
    assert_eq!(data["tree"]["names"], json!([name]));
    assert_eq!(data["stacks"][0]["frames"][0]["name"], *name);
    assert_eq!(data["unfinished"][0]["calls"], json!([[name, 1]]));
    assert_eq!(data["processes"][0]["host"], *name);
    assert_eq!(data["processes"][0]["command"], format!("{name} {name}"));
    for harm in ["\u{2028}", "\u{202e}", "\u{1b}"] {
        assert!(!text.contains(harm));
    }
    // The printer has nothing to change in it, so that what it prints is what was hashed.
    assert_eq!(harmless::lines(&text), text);
}

#[test]
fn the_policy_names_what_is_in_the_page() {
    let page = page_of(&model_of(&shop()));
    let style = page.split_once("<style>").unwrap().1;
    assert_eq!(style.split_once("</style>").unwrap().0, STYLE);
    let script = page.rsplit_once("<script>").unwrap().1;
    assert_eq!(script.split_once("</script>").unwrap().0, SCRIPT);
    // By `openssl dgst -sha256 -binary | base64`, of nothing.
    let nothing = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
    assert_eq!(super::render::hash(""), nothing);
    let policy = page.split_once("content=\"default-src 'none'; ").unwrap().1;
    let policy = policy.split_once('"').unwrap().0;
    for part in [
        format!("script-src {};", super::render::hash(SCRIPT)),
        format!("style-src {};", super::render::hash(STYLE)),
        "connect-src 'none';".to_owned(),
        "base-uri 'none';".to_owned(),
        "form-action 'none'".to_owned(),
    ] {
        assert!(policy.contains(&part), "{part} in {policy}");
    }
    assert!(!page.contains("{{"), "a mark was left");
}

#[test]
fn the_live_page_differs_only_in_what_it_may_ask() {
    let model = model_of(&shop());
    let data = data(&model, about("x"));
    let page = render(&data).unwrap();
    let live = render_live(&data, "/data.json?a=1&b=\"").unwrap();
    let changed = page
        .replacen(
            "<html lang=\"en\">",
            "<html lang=\"en\" data-live=\"/data.json?a=1&#38;b=&#34;\">",
            1,
        )
        .replacen("connect-src 'none'", "connect-src 'self'", 1);
    assert_eq!(live, changed);
    assert!(live.contains(&live_policy()));
}

#[test]
fn nothing_in_the_sources_makes_markup_of_data_or_asks_elsewhere() {
    for sink in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
        "setAttribute('style'",
        "localStorage",
    ] {
        assert!(!SCRIPT.contains(sink), "{sink}");
    }
    for text in [FRAME, STYLE, SCRIPT] {
        for elsewhere in ["http:", "https:", "@import", "url(", "src=", "//cdn"] {
            let found = text.replace("http://www.w3.org/", "").contains(elsewhere);
            assert!(!found, "{elsewhere}");
        }
    }
    // Each script is one constant, strict, and says what it is for.
    let scripts = SCRIPT.matches("\nconst ").count();
    assert_eq!(SCRIPT.matches("\n  'use strict';\n").count(), scripts);
    assert_eq!(SCRIPT.matches("\n})();\n").count(), scripts);
    assert!(scripts > 10);
}

#[test]
fn the_data_of_a_shop() {
    let mut value = value_of(&model_of(&shop()));
    let object = value.as_object_mut().unwrap();
    assert_eq!(object["schema"], 1);
    assert_eq!(object["probe"], env!("CARGO_PKG_VERSION"));
    assert_eq!(object["read_ms"], 1_795_521_660_000.0);
    // The two that no call was begun of: one can't be instrumented.
    assert_eq!(object["uncalled"], 2);
    let pay = object["functions"][1].clone();
    assert_eq!(pay["name"], "shop.orders:pay");
    assert_eq!(
        (&pay["calls"], &pay["errors"], &pay["in_flight"]),
        (&json!(5), &json!(1), &json!(5))
    );
    assert_eq!(pay["total_ns"], 15_000_000);
    insta::assert_snapshot!(object["tree"], @r#"{"calls":[3,4],"function":[3,2],"names":["_json:scanner","shop.admin:never","shop.cart:Cart.total","shop.orders:pay","shop.stream:rows"],"parent":[-1,0],"self_ns":[4961400,38600],"total_ns":[5000000,38600]}"#);
    let states: Vec<&Value> = object["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(states, ["exited", "running", "killed"]);
    assert_eq!(object["processes"][0]["ended_ms"], 1_795_521_602_000.0);
    assert_eq!(object["processes"][2]["ended_ms"], Value::Null);
    let missing = object["missing"].as_array().unwrap();
    assert!(
        missing[0]
            .as_str()
            .unwrap()
            .starts_with("3 calls had no room in the call tree"),
        "{missing:?}"
    );
    assert!(
        missing[2]
            .as_str()
            .unwrap()
            .contains("process 4712 stopped early: no space left"),
        "{missing:?}"
    );
}

#[test]
fn slots_are_told_by_their_bounds() {
    let mut one = Description {
        clock_multiplier: 1 << 31,
        clock_shift: 32,
        ..Description::default()
    };
    let times = [7, 40, 41, 1_000_000, u64::MAX / 2];
    one.called("a:f", &times);
    let value = value_of(&model_of(&[one]));
    let latencies = &value["functions"][0]["latencies"];
    assert_eq!(latencies.as_array().unwrap().len(), 1);
    assert_eq!(latencies[0]["tick_ns"], 0.5);
    let slots = latencies[0]["slots"].as_array().unwrap();
    let last = *bounds(751).start();
    let million = bounds(slot_of(1_000_000)).into_inner();
    let expected = json!([
        [7, 8, 1],
        [40, 42, 2],
        [million.0, million.1 + 1, 1],
        [last, last + (1 << 45), 1]
    ]);
    assert_eq!(slots, expected.as_array().unwrap());
}

#[test]
fn the_last_sign_of_life_of_a_killed_process() {
    let mut killed = Description {
        exited_wall: None,
        boot_id: [6; 16],
        // Started after the file was written, as far as clocks can be believed.
        started_wall: 4_000_000_000_000_000_000,
        started_ticks: 1_000,
        threads: vec![ThreadDescription {
            id: 1,
            in_use: true,
            past: 0,
            frames: vec![(3_000_000_000 + 1_000, 0)],
        }],
        ..Description::default()
    };
    killed.called("a:f", &[]).begun = 1;
    killed.nodes.push(NodeDescription {
        parent: None,
        function: 0,
        calls: 0,
        total: 0,
        own: 0,
    });
    let value = value_of(&model_of(&[killed]));
    let process = &value["processes"][0];
    // Its latest call began three seconds after its start.
    assert_eq!(
        process["seen_ms"].as_f64().unwrap() - process["started_ms"].as_f64().unwrap(),
        3000.0
    );
}

#[test]
fn without_anything_there_is_a_page() {
    let data = data_in(&page_of(&Model::default()));
    for list in ["processes", "functions", "stacks", "unfinished", "missing"] {
        assert_eq!(data[list], json!([]), "{list}");
    }
    assert_eq!(data["tree"]["parent"], json!([]));
}
