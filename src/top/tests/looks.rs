//! What the terminal shows, at two sizes.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Color;

use super::pressing::watching;
use super::{counted, reading, running, sample};
use crate::recording::process::State;
use crate::top::keys::press;
use crate::top::state::App;
use crate::top::terminal::Theme;
use crate::top::view::draw;

fn drawn(app: &mut App, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme { colours: true };
    terminal.draw(|frame| draw(frame, app, theme)).unwrap();
    terminal
}

fn picture(app: &mut App, width: u16, height: u16) -> String {
    let text = drawn(app, width, height).backend().to_string();
    let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

fn typed(app: &mut App, keys: &str) {
    for character in keys.chars() {
        let code = match character {
            '\t' => KeyCode::Tab,
            '\n' => KeyCode::Enter,
            other => KeyCode::Char(other),
        };
        press(app, KeyEvent::new(code, KeyModifiers::NONE));
    }
}

/// A shop with a busy worker, one that is stuck and one that was killed.
fn shop() -> App {
    let mut app = App::new("/srv/shop/.venv".to_owned(), Duration::from_secs(1));
    for second in 1..30 {
        let wave = (second as usize % 7) * 40;
        let calls = |number: usize, time: u64| vec![time; number * second as usize + wave];
        let mut pay = counted("shop.orders:Order.pay", &calls(20, 3_000_000));
        pay.errors = second;
        let mut busy = vec![
            pay,
            counted("shop.cart:Cart.total", &calls(300, 12_000)),
            counted("shop.db:Session.execute", &calls(110, 900_000)),
            counted(
                "shop.web.middleware.authentication:TokenMiddleware.__call__",
                &calls(20, 4_000),
            ),
        ];
        for function in &mut busy {
            // The calls of a wave belong to the second before, too.
            function.calls = function.calls.max(second);
        }
        let mut stuck = reading(4712, vec![counted("shop.mail:Mailer.send", &[80_000_000])]);
        stuck.functions[0].in_flight = 1;
        stuck.running = running(&[("shop.mail:Mailer.send", 200 + second)]);
        let mut killed = reading(
            4713,
            vec![counted("shop.orders:Order.pay", &[2_000_000; 9])],
        );
        if second > 20 {
            killed.state = State::Killed;
        }
        app.take(sample(
            100 + second,
            vec![reading(4711, busy), stuck, killed],
        ));
    }
    app
}

#[test]
fn functions_at_80_by_24() {
    insta::assert_snapshot!(picture(&mut shop(), 80, 24));
}

#[test]
fn functions_at_200_by_50() {
    insta::assert_snapshot!(picture(&mut shop(), 200, 50));
}

#[test]
fn processes_at_80_by_24() {
    let mut app = shop();
    typed(&mut app, "\t");
    insta::assert_snapshot!(picture(&mut app, 80, 24));
}

#[test]
fn processes_at_200_by_50() {
    let mut app = shop();
    typed(&mut app, "\t");
    insta::assert_snapshot!(picture(&mut app, 200, 50));
}

#[test]
fn one_process_and_help_at_80_by_24() {
    let mut app = shop();
    typed(&mut app, "\tj\n");
    insta::assert_snapshot!("one_process", picture(&mut app, 80, 24));
    typed(&mut app, "?");
    insta::assert_snapshot!("help", picture(&mut app, 80, 24));
}

#[test]
fn more_rows_than_lines_and_a_filter() {
    let mut app = watching();
    typed(&mut app, "/f1");
    insta::assert_snapshot!("filter", picture(&mut app, 80, 24));
    typed(&mut app, "\nG");
    insta::assert_snapshot!("scrolled", picture(&mut app, 80, 12));
}

#[test]
fn nothing_is_there_yet() {
    let mut app = App::new("/srv/shop/.venv".to_owned(), Duration::from_millis(500));
    assert!(picture(&mut app, 80, 24).contains("reading …"));
    app.take(sample(1, vec![]));
    insta::assert_snapshot!(picture(&mut app, 80, 24));
    app.take(sample(2, vec![reading(1, vec![])]));
    assert!(picture(&mut app, 80, 24).contains("no chosen function was called yet; waiting"));
}

#[test]
fn any_size_is_drawn() {
    let mut app = shop();
    for (width, height) in [(1, 1), (10, 3), (20, 6), (40, 100), (300, 5), (0, 0)] {
        for keys in ["", "?", "?\t"] {
            typed(&mut app, keys);
            drawn(&mut app, width, height);
        }
    }
}

#[test]
fn names_and_commands_of_others_are_only_text() {
    let mut app = App::new("/srv/\u{1b}[2J".to_owned(), Duration::from_secs(1));
    let mut it = reading(1, vec![counted("a:\u{1b}[31m\u{202e}f", &[1])]);
    it.argv = vec!["\u{9b}python".to_owned()];
    app.take(sample(1, vec![it]));
    let functions = picture(&mut app, 100, 24);
    assert!(functions.contains("a:\\u{1b}[31m\\u{202e}f"), "{functions}");
    typed(&mut app, "\t");
    let processes = picture(&mut app, 100, 24);
    assert!(processes.contains("\\u{9b}python"), "{processes}");
}

#[test]
fn colours_are_left_out_where_they_are_unwanted() {
    for colours in [true, false] {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let mut app = shop();
        terminal
            .draw(|frame| draw(frame, &mut app, Theme { colours }))
            .unwrap();
        let cells = terminal.backend().buffer().content();
        let has_any = cells.iter().any(|cell| cell.fg != Color::Reset);
        assert_eq!(has_any, colours);
    }
}
