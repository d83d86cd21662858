//! What keys change.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{counted, reading, sample};
use crate::top::keys::press;
use crate::top::rows::Column;
use crate::top::state::{App, Span, Wish};
use crate::top::window::By;

/// Two processes, 30 functions, the later ones called more often.
pub(super) fn watching() -> App {
    let mut app = App::new("/srv/shop/.venv".to_owned(), Duration::from_secs(1));
    for second in 1..4 {
        let functions = |factor: u64| {
            (0..30_u64)
                .map(|number| {
                    let calls = number * factor * second;
                    counted(&format!("shop:f{number:02}"), &vec![1000; calls as usize])
                })
                .collect()
        };
        let readings = vec![reading(11, functions(1)), reading(12, functions(2))];
        app.take(sample(10 + second, readings));
    }
    app.resize(10);
    app
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn type_in(app: &mut App, keys: &str) {
    for character in keys.chars() {
        let code = match character {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x1b' => KeyCode::Esc,
            '\x08' => KeyCode::Backspace,
            other => KeyCode::Char(other),
        };
        assert_eq!(press(app, key(code)), Wish::Nothing, "{character:?}");
    }
}

fn labels(app: &mut App) -> Vec<String> {
    app.screen().rows.into_iter().map(|row| row.label).collect()
}

fn selected(app: &mut App) -> String {
    let screen = app.screen();
    screen.rows[screen.selected].label.clone()
}

#[test]
fn latencies_are_those_of_the_rows_that_are_seen() {
    let mut app = watching();
    let timed = |app: &mut App| -> Vec<bool> {
        let rows = app.screen().rows;
        rows.iter().map(|row| row.p99.is_some()).collect()
    };
    let seen =
        |from: usize| -> Vec<bool> { (0..29).map(|it| (from..from + 10).contains(&it)).collect() };
    assert_eq!(timed(&mut app), seen(0));
    type_in(&mut app, "G");
    assert_eq!(timed(&mut app), seen(19));
    // An order by them needs all.
    app.sort_by(Column::P99);
    assert_eq!(timed(&mut app), [true; 29]);
    // Those of a row are what they are when all are asked for.
    let by_latency = app.screen().rows;
    app.sort_by(Column::Rate);
    for row in &app.screen().rows[..10] {
        let same = by_latency.iter().find(|it| it.key == row.key).unwrap();
        assert_eq!((row.p50, row.p99), (same.p50, same.p99));
    }
}

#[test]
fn leaving() {
    for code in [KeyCode::Char('q'), KeyCode::Esc] {
        assert_eq!(press(&mut watching(), key(code)), Wish::Quit);
    }
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    for before in ["", "/", "?", " "] {
        let mut app = watching();
        type_in(&mut app, before);
        assert_eq!(press(&mut app, control_c), Wish::Quit, "after {before:?}");
    }
    // In the help, and in a filter, q is a key like others.
    let mut app = watching();
    type_in(&mut app, "?q/q\n");
    assert_eq!(app.filter, "q");
}

#[test]
fn filtering() {
    let mut app = watching();
    type_in(&mut app, "/SHOP:F2x\x08");
    assert!(app.editing);
    assert_eq!(labels(&mut app).len(), 10);
    type_in(&mut app, "\n");
    assert!(!app.editing);
    assert_eq!(labels(&mut app).len(), 10);
    // First the filter goes, then the program.
    type_in(&mut app, "\x1b");
    assert_eq!(labels(&mut app).len(), 29);
    type_in(&mut app, "/f2\x1b");
    assert_eq!((app.filter.as_str(), app.editing), ("", false));
    type_in(&mut app, "/nowhere\n");
    assert_eq!(labels(&mut app), Vec::<String>::new());
    type_in(&mut app, "jkGg\n");
}

#[test]
fn sorting() {
    let mut app = watching();
    assert_eq!(labels(&mut app)[0], "shop:f29");
    type_in(&mut app, "r");
    assert_eq!(labels(&mut app)[0], "shop:f01");
    type_in(&mut app, "1");
    assert_eq!(labels(&mut app)[0], "shop:f01");
    type_in(&mut app, "r");
    assert_eq!(labels(&mut app)[0], "shop:f29");
    type_in(&mut app, "8");
    assert_eq!(app.sort, Column::Calls);
    type_in(&mut app, "s");
    assert_eq!(app.sort, Column::Name);
    type_in(&mut app, "<");
    assert_eq!(app.sort, Column::Calls);
}

#[test]
fn moving_and_staying() {
    let mut app = watching();
    type_in(&mut app, "jjk");
    assert_eq!(selected(&mut app), "shop:f28");
    // It stays with its row, wherever that goes.
    type_in(&mut app, "r");
    assert_eq!(selected(&mut app), "shop:f28");
    let screen = app.screen();
    assert!((screen.top..screen.top + 10).contains(&screen.selected));
    type_in(&mut app, "G");
    assert_eq!(selected(&mut app), "shop:f29");
    assert_eq!(app.screen().top, 19);
    type_in(&mut app, "g");
    assert_eq!(
        (selected(&mut app).as_str(), app.screen().top),
        ("shop:f01", 0)
    );
    press(&mut app, key(KeyCode::PageDown));
    assert_eq!(app.screen().selected, 10);
    press(&mut app, key(KeyCode::Up));
    assert_eq!(app.screen().selected, 9);
}

#[test]
fn views() {
    let mut app = watching();
    type_in(&mut app, "\t");
    assert_eq!(app.by, By::Process);
    assert_eq!(labels(&mut app), ["12 python -m shop", "11 python -m shop"]);
    // The functions of the second.
    type_in(&mut app, "j\n");
    assert_eq!(app.by, By::Function);
    assert_eq!(app.screen().totals.calls, (0..30).sum::<u64>());
    type_in(&mut app, "\x1b");
    assert_eq!(
        (app.by, selected(&mut app).as_str()),
        (By::Process, "11 python -m shop")
    );
    // The processes of a function.
    type_in(&mut app, "p\n");
    assert_eq!(app.by, By::Process);
    assert_eq!(app.screen().totals.calls, 29 * 3);
    type_in(&mut app, "\x08");
    assert_eq!(
        (app.by, selected(&mut app).as_str()),
        (By::Function, "shop:f29")
    );
}

#[test]
fn pausing_and_windows() {
    let mut app = watching();
    type_in(&mut app, " ");
    assert!(app.paused);
    assert_eq!(labels(&mut app).len(), 29);
    // What happened meanwhile belongs to no window.
    type_in(&mut app, " ");
    assert!(app.screen().sample.is_none());
    let mut app = watching();
    let seconds = |app: &mut App| app.screen().window.seconds;
    assert_eq!(seconds(&mut app), 1.0);
    type_in(&mut app, "w");
    assert_eq!((app.span, seconds(&mut app)), (Span::Long, 2.0));
    for second in 14..40 {
        app.take(sample(second, vec![reading(11, vec![])]));
    }
    assert!((10.0..=20.0).contains(&seconds(&mut app)));
    type_in(&mut app, "w");
    assert_eq!((app.span, seconds(&mut app)), (Span::Start, 1.0));
}

proptest! {
    /// Whatever is pressed, with rows or without, the selection is a row that is shown.
    #[test]
    fn any_keys_are_survived(keys in proptest::collection::vec(0_u32..0x80, 0..60), rows: bool) {
        let mut app = if rows { watching() } else { App::new(String::new(), Duration::from_secs(1)) };
        for code in keys {
            let code = match code {
                0 => KeyCode::PageUp,
                1 => KeyCode::PageDown,
                2 => KeyCode::Enter,
                3 => KeyCode::Esc,
                4 => KeyCode::Tab,
                other => char::from_u32(other).map_or(KeyCode::End, KeyCode::Char),
            };
            press(&mut app, key(code));
            let screen = app.screen();
            if !screen.rows.is_empty() {
                prop_assert!((screen.top..screen.top + 10).contains(&screen.selected));
                prop_assert!(screen.selected < screen.rows.len());
            }
        }
    }
}
