//! `probe check`: what is within its budget, what isn't, and what can't be told; by the recording
//! whose numbers are known.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Context, Run, check_keys, refused, snapshot, usual_python};

/// A place with one recording whose numbers are known: the one that guards the format.
fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::copy(gold, folder.join("gold.rec")).unwrap();
    context
}

fn check(context: &Context, budgets: &[&str]) -> Command {
    let mut check = context.probe(&["check"]);
    for budget in budgets {
        check.args(["--budget", budget]);
    }
    check
}

#[test]
fn within() {
    let context = gold();
    snapshot!(context, check(&context, &[
        "shop:pay p99 < 1ms",
        "shop.** mean <= 1ms",
        "shop:pay calls >= 3",
        "shop:pay error_rate < 50%",
    ]), @"
    exit code: 0
    ----- stdout -----
    within    shop:pay p99 < 1ms  shop:pay 999 µs
    within    shop.** mean <= 1ms  2 functions, at worst shop:pay 335 µs
    within    shop:pay calls >= 3  shop:pay 3
    within    shop:pay error_rate < 50%  shop:pay 33.33 %
    ----- stderr -----
    ");
}

#[test]
fn the_culprit_is_named() {
    let context = gold();
    snapshot!(context, check(&context, &[
        "shop.** p50 < 1us",
        "shop:pay errors < 1",
        "shop:pay errors% <= 10%",
        "shop:pay calls > 5",
        "shop:pay mean < 1ms",
    ]), @"
    exit code: 1
    ----- stdout -----
    exceeded  shop.** p50 < 1us
              shop:pay  2.5 µs  149.6 % over
              1 within
    exceeded  shop:pay errors < 1
              shop:pay  1  at the limit
    exceeded  shop:pay errors% <= 10%
              shop:pay  33.33 %  233.3 % over
    exceeded  shop:pay calls > 5
              shop:pay  3  40.0 % under
    within    shop:pay mean < 1ms  shop:pay 335 µs
    ----- stderr -----
    `shop:pay`: p50 is 2.5 µs, 149.6 % over the budget `shop.** p50 < 1us`
    `shop:pay`: errors is 1, at the limit of the budget `shop:pay errors < 1`
    `shop:pay`: error_rate is 33.33 %, 233.3 % over the budget `shop:pay errors% <= 10%`
    `shop:pay`: calls is 3, 40.0 % under the budget `shop:pay calls > 5`
    ");
}

#[test]
fn nothing_matches() {
    let context = gold();
    let budgets = ["shop:pays p99 < 1ms", "other.** calls >= 1"];
    snapshot!(context, check(&context, &budgets), @"
    exit code: 1
    ----- stdout -----
    missing   shop:pays p99 < 1ms  nothing that was recorded matches; did you mean `shop:pay`?
    missing   other.** calls >= 1  nothing that was recorded matches; is it among the targets?
    ----- stderr -----
    `shop:pays p99 < 1ms`: nothing that was recorded matches; did you mean `shop:pay`?
    `other.** calls >= 1`: nothing that was recorded matches; is it among the targets?
    ");
    let mut allowed = check(&context, &budgets);
    allowed.arg("--allow-missing");
    snapshot!(context, allowed, @"
    exit code: 0
    ----- stdout -----
    skipped   shop:pays p99 < 1ms  nothing that was recorded matches; did you mean `shop:pay`?
    skipped   other.** calls >= 1  nothing that was recorded matches; is it among the targets?
    ----- stderr -----
    ");
}

#[test]
fn as_json() {
    let context = gold();
    let mut command = check(&context, &["shop:* total < 1ms", "shop:pay self < 1s"]);
    let answer = command.arg("--json").ran().with_code(1).json();
    check_keys(&answer, &["schema", "venv", "within", "budgets"]);
    assert_eq!(answer["within"], false);
    let budget = &answer["budgets"][0];
    check_keys(
        budget,
        &[
            "budget",
            "target",
            "metric",
            "comparison",
            "limit",
            "unit",
            "state",
            "why",
            "functions",
        ],
    );
    assert_eq!(budget["state"], "exceeded");
    assert_eq!(budget["limit"], 1e6);
    assert_eq!(budget["functions"][0]["name"], "shop:pay");
    assert_eq!(budget["functions"][0]["measured"], 1_004_000.0);
    assert_eq!(budget["functions"][0]["state"], "exceeded");
    assert_eq!(answer["budgets"][1]["state"], "within");
}

#[test]
fn budgets_of_the_configuration() {
    let context = gold();
    context.write(
        "pyproject.toml",
        "[tool.probe]\ntargets = ['shop.**']\nbudgets = [\n  'shop:pay max < 1ms',\n]\n",
    );
    snapshot!(context, check(&context, &[]), @"
    exit code: 1
    ----- stdout -----
    exceeded  shop:pay max < 1ms
              shop:pay  1.0 ms  at the limit
    ----- stderr -----
    using the budgets of `[PROJECT]/pyproject.toml`
    `shop:pay`: max is 1.0 ms, at the limit of the budget `shop:pay max < 1ms`
    ");
    // Those that are given replace them.
    check(&context, &["shop:pay max < 2ms"]).succeeds();
    context.write("probe.toml", "budgets = [\n  'shop:pay max 1ms',\n]\n");
    refused!(context, check(&context, &[]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the budgets of `[PROJECT]/probe.toml`
    error: `[PROJECT]/probe.toml`, line 2, column 3: budget doesn't parse: `<`, `<=`, `>` or `>=` is missing, at column 14
      shop:pay max 1ms
                   ^
    hint: a budget is a target, a figure and its limit: `shop.**:* p99 < 20ms`, `shop:pay error_rate <= 1%` or `shop:Cart.total calls >= 1`
    ");
    context.write("probe.toml", "budgets = 'shop:pay max < 1ms'\n");
    refused!(context, check(&context, &[]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `[PROJECT]/probe.toml`, line 1, column 11: `budgets` takes an array of strings, not a string
    hint: write `budgets = ["shop.**:* p99 < 20ms"]`
    "#);
}

#[test]
fn wrong_budgets_and_none() {
    let context = gold();
    refused!(context, check(&context, &[]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: there is no budget to check
    hint: give one, such as `--budget 'shop.**:* p99 < 20ms'`, or write `budgets = ["…"]` into probe.toml or `[tool.probe]` of pyproject.toml
    "#);
    refused!(context, check(&context, &["shop:pay p99 < 20"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: budget doesn't parse: a time needs its unit: ns, us, ms, s or m, at column 18
      shop:pay p99 < 20
                       ^
    hint: a budget is a target, a figure and its limit: `shop.**:* p99 < 20ms`, `shop:pay error_rate <= 1%` or `shop:Cart.total calls >= 1`
    ");
    refused!(context, check(&context, &["shop/pay.py p99 < 20ms"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: budget doesn't parse: `/` can't stand in a name, at column 5
      shop/pay.py p99 < 20ms
          ^
    hint: a budget is a target, a figure and its limit: `shop.**:* p99 < 20ms`, `shop:pay error_rate <= 1%` or `shop:Cart.total calls >= 1`
    ");
    let empty = context.root().join("empty");
    let mut check = check(&context, &["a:f p99 < 1ms"]);
    check.arg("--data-dir").arg(&empty);
    refused!(context, check, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: nothing is recorded in `[ROOT]/empty`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
}

/// What was never called has no latency, but a number of calls.
#[test]
fn never_called() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\ndef g(): pass\n");
    context.install(&["app:*"]);
    context.run_app();
    check(&context, &["app:g calls < 1"]).succeeds();
    let ran = check(&context, &["app:* calls >= 1", "app:g p99 < 1s"])
        .ran()
        .with_code(1);
    assert!(
        ran.stderr
            .contains("`app:g`: calls is 0, 100.0 % under the budget"),
        "{}",
        ran.text()
    );
    assert!(
        ran.stderr
            .contains("the function that matches was never called"),
        "{}",
        ran.text()
    );
}

#[test]
fn counted_calls_have_no_times() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    context
        .probe(&["install", "-t", "app:f", "--detail", "count"])
        .succeeds();
    context.run_app();
    let ran = check(&context, &["app:f p99 < 1s"]).ran().with_code(1);
    assert!(ran.stderr.contains("counted, not timed"), "{}", ran.text());
    check(&context, &["app:f calls >= 1"]).succeeds();
}
