//! Which names a request may call this server by in its `Host` header. A page from elsewhere can
//! make a browser ask us under a name of its own, which it lets resolve to our address (DNS
//! rebinding), and could then read the answer as if it were its own. That name is in `Host`.
//!
//! A literal address can't be rebound. So where the server listens beyond loopback, any is taken;
//! on loopback only its own.

use std::net::{IpAddr, SocketAddr};

/// The names that are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// In lower case, without a dot at the end.
    names: Vec<String>,
    address: IpAddr,
}

impl Hosts {
    /// The names of a server that listens there. `machine` is what this machine is called, which
    /// counts where others can reach it; `allowed` are more names.
    #[must_use]
    pub fn new(listen: SocketAddr, machine: Option<&str>, allowed: &[String]) -> Self {
        let mut names = vec!["localhost".to_owned()];
        if !listen.ip().is_loopback()
            && let Some(machine) = machine
        {
            names.push(plain(machine));
            names.extend(machine.split('.').next().map(plain));
        }
        names.extend(allowed.iter().map(|name| plain(name)));
        Self {
            names,
            address: listen.ip(),
        }
    }

    /// True where a `Host` header, or the authority of a URL, names this server. The port isn't
    /// looked at: a tunnel may end at another one, and a rebound name has the right one anyway.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else {
            return false;
        };
        let bare = name
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'))
            .unwrap_or(name);
        match bare.parse::<IpAddr>() {
            Ok(address) if self.address.is_loopback() => address.is_loopback(),
            Ok(_) => true,
            Err(_) => self.names.contains(&plain(name)),
        }
    }
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// `name:port` and `[address]:port` without the port; none where that isn't their form.
fn without_port(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, rest) = host.split_at(end);
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str) -> Hosts {
        Hosts::new(
            listen.parse().unwrap(),
            Some("Box.example.org"),
            &["probe.internal".to_owned()],
        )
    }

    #[test]
    fn on_loopback_only_loopback_and_what_is_allowed() {
        for listen in ["127.0.0.1:7762", "[::1]:7762", "127.0.0.2:1"] {
            let hosts = hosts(listen);
            for ours in [
                "localhost",
                "LocalHost:7762",
                "localhost.:80",
                "127.0.0.1",
                "127.0.0.1:7762",
                "[::1]:7762",
                "[::1]",
                "probe.internal:7762",
            ] {
                assert!(hosts.has(ours), "{listen}: {ours}");
            }
            for other in [
                "",
                "evil.example:7762",
                "localhost.evil.example",
                "box",
                "192.168.0.1",
                "[::2]:1",
                "localhost:x",
                "localhost:99999",
                "localhost@evil.example",
                "[localhost",
                "127.0.0.1.evil.example",
                "probe.internal.evil.example",
            ] {
                assert!(!hosts.has(other), "{listen}: {other}");
            }
        }
    }

    #[test]
    fn beyond_loopback_also_addresses_and_the_machines_names() {
        let hosts = hosts("0.0.0.0:7762");
        for ours in [
            "box",
            "BOX.example.org:1",
            "192.168.0.1:7762",
            "[fe80::1]",
            "localhost",
        ] {
            assert!(hosts.has(ours), "{ours}");
        }
        for other in ["example.org", "evil.example:7762"] {
            assert!(!hosts.has(other), "{other}");
        }
    }
}
