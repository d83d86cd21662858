//! Draws the state onto a terminal's cells; decides nothing but where things are.

use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout as Areas, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span as Text};
use ratatui::widgets::{Block, Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use crate::harmless;
use crate::recording::process::State;
use crate::report::columns::shorten;
use crate::top::columns::{Layout, Shown, cell, left, right};
use crate::top::figures::{count, written_rate};
use crate::top::help::KEYS;
use crate::top::rows::{Column, Row};
use crate::top::state::{App, Screen, Span};
use crate::top::window::{By, Key};

/// Lines that aren't rows: three above the table, its head, one below.
const OTHER_LINES: u16 = 5;

/// Colours, or none: what they say is also said by words, and by weight.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// False for NO_COLOR.
    pub colours: bool,
}

impl Theme {
    fn coloured(self, colour: Color) -> Style {
        if self.colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    fn alarm(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, app: &mut App, theme: Theme) {
    let area = frame.area();
    app.resize(usize::from(area.height.saturating_sub(OTHER_LINES)));
    let screen = app.screen();
    let [title, summary, what, table, foot] = Areas::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let width = usize::from(area.width);
    frame.render_widget(head(app, width, theme), title);
    frame.render_widget(totals(&screen, theme), summary);
    frame.render_widget(description(app, &screen, theme), what);
    if screen.rows.is_empty() {
        frame.render_widget(Paragraph::new(empty(app, &screen)), table);
    } else {
        frame.render_widget(Paragraph::new(lines(app, &screen, table, theme)), table);
    }
    frame.render_widget(footer(app), foot);
    if app.help {
        help(frame, area);
    }
}

fn head(app: &App, width: usize, theme: Theme) -> Line<'static> {
    let name = "probe top  ";
    let (note, style) = if app.paused {
        ("PAUSED".to_owned(), theme.alarm())
    } else {
        (format!("every {:?}", app.interval), DIM)
    };
    let heading = harmless::line(&app.heading);
    let room = width.saturating_sub(name.width() + note.width() + 1);
    Line::from(vec![
        Text::styled(name, BOLD),
        Text::raw(left(&heading, room)),
        Text::raw(" "),
        Text::styled(note, style),
    ])
}

fn totals(screen: &Screen, theme: Theme) -> Line<'static> {
    let Some(sample) = &screen.sample else {
        return Line::from("reading …");
    };
    let it = screen.totals;
    let processes = if it.running == 1 {
        "process"
    } else {
        "processes"
    };
    let mut parts = vec![Text::styled(
        format!("{} {processes} running", it.running),
        BOLD,
    )];
    if it.exited > 0 {
        parts.push(Text::raw(format!(", {} exited", it.exited)));
    }
    if it.killed > 0 {
        parts.push(Text::styled(
            format!(", {} killed", it.killed),
            theme.alarm(),
        ));
    }
    if let Some(rate) = screen.window.rate(it.calls) {
        parts.push(Text::raw(format!(" · {} calls/s", written_rate(rate))));
    }
    if let Some(rate) = screen.window.rate(it.errors).filter(|rate| *rate > 0.0) {
        let errors = format!(" · {} errors/s", written_rate(rate));
        parts.push(Text::styled(errors, theme.alarm()));
    }
    parts.push(Text::raw(format!(" · {} in flight", count(it.in_flight))));
    let unreadable = sample.unreadable.len();
    if unreadable > 0 {
        let text = format!(" · {unreadable} unreadable");
        parts.push(Text::styled(text, theme.alarm()));
    }
    Line::from(parts)
}

fn description(app: &App, screen: &Screen, theme: Theme) -> Line<'static> {
    let of = |what: &str| match &app.only.0 {
        None => what.to_owned(),
        Some(Key::Function(name)) => format!("{what} of {}", harmless::line(name)),
        Some(Key::Process(path)) => {
            let readings = screen.sample.iter().flat_map(|sample| &sample.readings);
            let pid = readings
                .filter(|it| it.path == *path)
                .map(|it| it.pid)
                .next();
            let pid = pid.map_or_else(|| "that is gone".to_owned(), |pid| pid.to_string());
            format!("{what} of process {pid}")
        }
    };
    let what = match app.by {
        By::Function => of("functions"),
        By::Process => of("processes"),
    };
    let seconds = screen.window.seconds;
    let span = match app.span {
        Span::Start => "of all calls".to_owned(),
        _ if seconds <= 0.0 => "from the next reading on".to_owned(),
        _ => format!("of the last {seconds:.1} s"),
    };
    let order = if app.reversed { ", reversed" } else { "" };
    let mut parts = vec![
        Text::styled(
            what,
            theme.coloured(Color::Cyan).add_modifier(Modifier::BOLD),
        ),
        Text::raw(format!(
            " · latencies {span} · by {}{order}",
            app.sort.name()
        )),
    ];
    if !app.filter.is_empty() && !app.editing {
        let text = format!(" · with “{}”", harmless::line(&app.filter));
        parts.push(Text::styled(text, theme.coloured(Color::Yellow)));
    }
    Line::from(parts)
}

/// What stands where there are no rows.
fn empty(app: &App, screen: &Screen) -> Vec<Line<'static>> {
    let why: &[&str] = match &screen.sample {
        None => &[],
        Some(_) if !app.filter.is_empty() => {
            &["", "  no name has that in it; Esc drops the filter"]
        }
        Some(sample) if sample.readings.is_empty() => &[
            "",
            "  nothing is recorded yet; waiting for a process that records",
            "",
            "  A process appears when it first imports a module with chosen functions.",
            "  Those that ended earlier are in `probe report`.",
        ],
        Some(_) => &["", "  no chosen function was called yet; waiting"],
    };
    why.iter().map(|line| Line::from(*line)).collect()
}

fn lines(app: &App, screen: &Screen, area: Rect, theme: Theme) -> Vec<Line<'static>> {
    let layout = Layout::fit(&screen.rows, app.sort, true, usize::from(area.width));
    let mut lines = vec![titles(app, &layout)];
    let page = usize::from(area.height.saturating_sub(1));
    let shown = screen.rows.iter().enumerate().skip(screen.top).take(page);
    lines.extend(shown.map(|(index, row)| {
        let line = line(app, screen, row, &layout, theme);
        if index == screen.selected {
            line.patch_style(REVERSED)
        } else {
            line
        }
    }));
    lines
}

fn titles(app: &App, layout: &Layout) -> Line<'static> {
    let name = match app.by {
        By::Function => "function",
        By::Process => "process",
    };
    let style = |is_sorted| {
        if is_sorted {
            BOLD.add_modifier(Modifier::UNDERLINED)
        } else {
            BOLD
        }
    };
    let mut parts = vec![Text::styled(
        left(name, layout.name),
        style(app.sort == Column::Name),
    )];
    for (shown, width) in &layout.columns {
        let is_sorted = *shown == Shown::Figure(app.sort);
        let text = right(shown.title(), *width);
        let title = text.trim_start().to_owned();
        let fill = text.len() - title.len();
        parts.push(Text::raw(" ".repeat(fill)));
        parts.push(Text::styled(title, style(is_sorted)));
    }
    Line::from(parts)
}

fn line(app: &App, screen: &Screen, row: &Row, layout: &Layout, theme: Theme) -> Line<'static> {
    let name = match row.state {
        Some(State::Killed) => theme.alarm(),
        Some(State::Exited) => DIM,
        _ => Style::new(),
    };
    let trend = app.trend(&row.key);
    let mut parts = vec![Text::styled(left(&row.label, layout.name), name)];
    for (shown, width) in &layout.columns {
        let text = cell(*shown, row, &screen.window, &trend, *width);
        let style = match shown {
            Shown::Figure(Column::Errors) if row.figures.errors > 0 => theme.alarm(),
            Shown::Figure(_) if text == "0" => DIM,
            Shown::Trend => theme.coloured(Color::Green),
            Shown::Figure(_) => Style::new(),
        };
        parts.push(Text::styled(right(&text, *width), style));
    }
    Line::from(parts)
}

fn footer(app: &App) -> Line<'static> {
    if app.editing {
        let text = harmless::line(&app.filter);
        return Line::from(vec![
            Text::styled("filter: ", BOLD),
            Text::raw(text),
            Text::styled("▏", BOLD),
        ]);
    }
    let back = if app.only.0.is_some() || !app.filter.is_empty() {
        "Esc back"
    } else {
        "q quit"
    };
    let view = match app.by {
        By::Function => "Tab processes",
        By::Process => "Tab functions",
    };
    let pause = if app.paused {
        "Space go on"
    } else {
        "Space pause"
    };
    let text = format!("{back}  ? help  / filter  {view}  s sort  w window  {pause}");
    Line::from(Text::styled(text, DIM))
}

fn help(frame: &mut Frame<'_>, area: Rect) {
    let key = KEYS.iter().map(|it| it.0.width()).max().unwrap_or(0);
    let lines: Vec<Line<'_>> = KEYS
        .iter()
        .map(|(keys, what)| {
            Line::from(vec![
                Text::styled(left(keys, key), BOLD),
                Text::raw(format!("  {what}")),
            ])
        })
        .collect();
    let width = lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 4;
    let height = lines.len() as u16 + 2;
    let [box_area] = Areas::vertical([Constraint::Length(height)])
        .flex(Flex::Center)
        .areas(area);
    let [box_area] = Areas::horizontal([Constraint::Length(width)])
        .flex(Flex::Center)
        .areas(box_area);
    let title = shorten(" keys ", usize::from(box_area.width));
    frame.render_widget(Clear, box_area);
    let block = Block::bordered().title(title);
    let padded: Vec<Line<'_>> = lines
        .into_iter()
        .map(|mut line| {
            line.spans.insert(0, Text::raw(" "));
            line
        })
        .collect();
    frame.render_widget(Paragraph::new(padded).block(block), box_area);
}
