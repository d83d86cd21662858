//! What keys do. They are those of top, less and py-spy where these have one for it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::top::rows::Column;
use crate::top::state::{App, Wish};

/// The longest filter.
const MOST_FILTER: usize = 100;

/// Changes the state as a key asks for.
pub(super) fn press(app: &mut App, key: KeyEvent) -> Wish {
    if key.kind == KeyEventKind::Release {
        return Wish::Nothing;
    }
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    if with_control && matches!(key.code, KeyCode::Char('c')) {
        return Wish::Quit;
    }
    if app.editing {
        edit(app, key.code, with_control);
        return Wish::Nothing;
    }
    if app.help {
        // Any key goes back, also one that would leave the program.
        app.help = false;
        return Wish::Nothing;
    }
    let page = app.page();
    match key.code {
        KeyCode::Char('d') if with_control => app.move_by(page / 2),
        KeyCode::Char('u') if with_control => app.move_by(-page / 2),
        KeyCode::Char('f') if with_control => app.move_by(page),
        KeyCode::Char('b') if with_control => app.move_by(-page),
        _ if with_control => {}
        KeyCode::Char('q') => return Wish::Quit,
        KeyCode::Esc => {
            if !app.filter.is_empty() {
                app.filter.clear();
            } else if !app.leave() {
                return Wish::Quit;
            }
        }
        KeyCode::Backspace => {
            app.leave();
        }
        KeyCode::Char('?' | 'h') | KeyCode::F(1) => app.help = true,
        KeyCode::Char(' ') => app.pause(),
        KeyCode::Char('/' | 'f') => app.editing = true,
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Char('p') => app.switch_view(),
        KeyCode::Enter => app.enter(),
        KeyCode::Char('w') => app.next_span(),
        KeyCode::Char('r' | 'R') => app.reversed = !app.reversed,
        KeyCode::Char('s' | '>') | KeyCode::Right => app.sort_further(1),
        KeyCode::Char('S' | '<') | KeyCode::Left => app.sort_further(-1),
        KeyCode::Char(digit @ '1'..='8') => {
            app.sort_by(Column::ALL[digit as usize - '1' as usize]);
        }
        KeyCode::Down | KeyCode::Char('j') => app.move_by(1),
        KeyCode::Up | KeyCode::Char('k') => app.move_by(-1),
        KeyCode::PageDown => app.move_by(page),
        KeyCode::PageUp => app.move_by(-page),
        KeyCode::Home | KeyCode::Char('g') => app.move_by(isize::MIN),
        KeyCode::End | KeyCode::Char('G') => app.move_by(isize::MAX),
        _ => {}
    }
    Wish::Nothing
}

/// A key while the filter is typed: it holds as far as it is typed.
fn edit(app: &mut App, key: KeyCode, with_control: bool) {
    match key {
        KeyCode::Enter => app.editing = false,
        KeyCode::Esc => {
            app.filter.clear();
            app.editing = false;
        }
        KeyCode::Char('u') if with_control => app.filter.clear(),
        KeyCode::Backspace if app.filter.pop().is_none() => app.editing = false,
        KeyCode::Char(character) if !with_control && app.filter.len() < MOST_FILTER => {
            app.filter.push(character);
        }
        _ => {}
    }
}
