//! The answer for people: a short block a venv.

use super::answer::Answer;
use crate::harmless::line as harmless;
use crate::site::agents::{Agent, Seen};
use crate::site::scripts::Scripts;
use crate::site::{FileState, State};

/// The block of one venv.
pub(super) fn block(answer: &Answer) -> String {
    let python = answer
        .python
        .as_ref()
        .map(|version| format!(" (Python {version})"))
        .unwrap_or_default();
    let mut text = format!("{}{python}\n", harmless(&answer.venv));
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("  {label:<8} {}\n", harmless(value)));
    };
    line("files", &files(answer));
    for file in &answer.files {
        if file.state != FileState::Intact {
            line("", &format!("{} {}", word(file.state), file.path));
        }
    }
    if answer.installed {
        line("fires", &fires(answer));
    }
    if let Some(engine) = &answer.engine {
        line("engine", engine);
    }
    if let Some(keep) = &answer.keep {
        line("settings", &keep.text);
    }
    let mut list = |label: &str, values: &[String]| {
        for (number, value) in values.iter().enumerate() {
            line(if number == 0 { label } else { "" }, value);
        }
    };
    list(
        "agents",
        &answer.agents.iter().map(agent).collect::<Vec<_>>(),
    );
    let hidden: Vec<String> = answer
        .hidden_by
        .iter()
        .map(|it| format!("sitecustomize.py, by `{}` ({})", it.path, it.place))
        .collect();
    list("hidden", &hidden);
    list(
        "scripts",
        &answer.scripts.iter().map(scripts).collect::<Vec<_>>(),
    );
    list("why", &answer.why);
    list("to do", &answer.todo);
    text
}

fn files(answer: &Answer) -> String {
    match answer.state {
        State::Absent => "nothing installed".to_owned(),
        State::Intact => format!("intact, {} files", answer.files.len()),
        state => state.name().to_owned(),
    }
}

fn fires(answer: &Answer) -> String {
    let how = match (answer.fires, answer.how.as_deref()) {
        (Some(true), Some("sitecustomize")) => "yes, through sitecustomize.py".to_owned(),
        (Some(true), Some(how)) => format!("yes, through probe.{how}"),
        (Some(true), None) => "yes".to_owned(),
        (Some(false), _) => "no".to_owned(),
        (None, _) => "not known".to_owned(),
    };
    match answer.records {
        Some(false) => format!("{how}, and can't record"),
        _ => how,
    }
}

fn agent(agent: &Agent) -> String {
    let place = &agent.place;
    match agent.seen {
        Seen::StartUpFile => format!("{}, started by `{place}`", agent.name),
        Seen::PythonPath => format!(
            "{}, on the PYTHONPATH of this shell (`{place}`)",
            agent.name
        ),
        Seen::Loaded => format!("{}, loaded when Python starts", agent.name),
    }
}

/// The first few by name.
fn scripts(scripts: &Scripts) -> String {
    const FEW: usize = 3;
    let names = &scripts.names;
    let mut named = names[..names.len().min(FEW)].join(", ");
    let verb = match names.len() {
        1 => "isn't",
        more if more > FEW => {
            named.push_str(&format!(" and {} more", more - FEW));
            "aren't"
        }
        _ => "aren't",
    };
    let option = if scripts.no_site { " with `-S`" } else { "" };
    format!(
        "{named} {verb} recorded, starting `{}`{option}",
        scripts.interpreter
    )
}

/// Of one width, so that the paths form a column.
fn word(state: FileState) -> &'static str {
    match state {
        FileState::Intact => "intact  ",
        FileState::Modified => "modified",
        FileState::Missing => "missing ",
        FileState::Foreign => "foreign ",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn names_that_others_chose_are_shown_harmless() {
        let answer = Answer::of_nothing(Path::new("/v\x1b[2J"), "a\x1b]0;b\n".to_owned());
        let text = block(&answer);
        assert!(!text.contains('\x1b'), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}
