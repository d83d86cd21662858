//! What was running, and the call tree, from files to the model.

use jiff::tz::TimeZone;

use super::{HOST, killed, model_of};
use crate::recording::process::State;
use crate::recording::testing::{Description, NodeDescription, ThreadDescription};
use crate::report::stacks_text;
use crate::report::standing::standing;
use crate::report::summary::below;

fn node(parent: Option<u32>, function: u32, calls: u64) -> NodeDescription {
    NodeDescription {
        parent,
        function,
        calls,
        total: calls * 1000,
        own: calls * 400,
    }
}

/// A process in `a:outer`, which called `a:inner` 2 s after the recording began.
fn waiting(pid: u32) -> Description {
    let mut it = Description { pid, ..killed(pid) };
    let begin = it.started_ticks;
    it.called("a:outer", &[]);
    it.called("a:inner", &[1000]);
    it.nodes = vec![node(None, 0, 0), node(Some(0), 1, 1), node(None, 1, 7)];
    it.threads = vec![
        ThreadDescription {
            id: 77,
            in_use: true,
            past: 0,
            frames: vec![(begin + 1_000_000_000, 0), (begin + 2_000_000_000, 1)],
        },
        ThreadDescription {
            id: 78,
            in_use: true,
            past: 0,
            frames: vec![],
        },
    ];
    it
}

#[test]
fn what_a_killed_process_was_in_is_told_with_its_least_age() {
    let model = model_of(&[waiting(5)]);
    let [stack] = &model.stacks[..] else {
        panic!("{:?}", model.stacks);
    };
    assert_eq!((stack.pid, stack.thread), (5, 77));
    assert_eq!(stack.state, State::Killed);
    let names: Vec<&str> = stack.frames.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["a:outer", "a:inner"]);
    // The file was written just now, long after.
    let ages: Vec<u64> = stack.frames.iter().map(|it| it.age_ns).collect();
    assert_eq!(ages[0] - ages[1], 1_000_000_000);
}

#[test]
fn what_a_killed_process_has_done_tells_how_long_it_lived() {
    // In five seconds of calls, made by the call that it died in; the file's time tells less.
    let lived = |calls_before: u64, shape: u32, engine: u64| {
        let mut it = waiting(5);
        (it.functions[0].shape, it.engine) = (shape, engine);
        it.started_wall = u64::MAX / 2;
        it.nodes[0].calls = calls_before;
        it.nodes[1].own = 2_000_000_000;
        it.nodes.push(node(Some(1), 0, 1));
        it.nodes[3].own = 3_000_000_000;
        it.threads[0].frames.truncate(1);
        model_of(&[it]).stacks[0].frames[0].age_ns
    };
    assert_eq!(lived(0, 0, 2), 5_000_000_000);
    // Those may have been made by an earlier call, one that was seen or one that wasn't, or
    // before a coroutine was resumed.
    assert_eq!(lived(1, 0, 2), 0);
    assert_eq!(lived(0, 0, 1), 0);
    assert_eq!(lived(0, 2, 2), 0);
}

#[test]
fn what_runs_is_as_old_as_its_clock_says() {
    let mut it = waiting(6);
    (it.boot_id, it.clock_multiplier) = (HOST.boot_id.unwrap(), 1);
    let now = crate::recording::clock::Moment::now().monotonic_ns;
    it.started_ticks = now.saturating_sub(5_000_000_000);
    it.threads[0].frames = vec![(it.started_ticks + 1_000_000_000, 0)];
    let model = model_of(&[it]);
    assert_eq!(model.stacks[0].state, State::Running);
    let age = model.stacks[0].frames[0].age_ns;
    let right = 4_000_000_000;
    assert!((right..right + 60_000_000_000).contains(&age), "{age}");
}

#[test]
fn nothing_runs_in_a_process_that_exited() {
    let mut it = waiting(7);
    it.exited_wall = Some(it.started_wall + 1);
    assert!(model_of(&[it]).stacks.is_empty());
}

#[test]
fn the_same_call_in_two_processes_is_one_node() {
    let model = model_of(&[waiting(8), waiting(9)]);
    let tree = &model.tree;
    let nodes: Vec<_> = tree
        .nodes
        .iter()
        .map(|it| (it.parent, tree.name(it), it.calls, it.total_ns, it.self_ns))
        .collect();
    assert_eq!(
        nodes,
        [
            (None, "a:inner", 14, 14_000, 5_600),
            (None, "a:outer", 0, 0, 0),
            (Some(1), "a:inner", 2, 2_000, 800),
        ]
    );
}

#[test]
fn what_is_on_no_stack_is_told_apart() {
    let mut it = waiting(10);
    // Five runs of a generator that didn't end, of which one is on the stack.
    (it.functions[1].shape, it.records[1].begun) = (1, 6);
    let model = model_of(&[it]);
    let found = standing(&model);
    assert_eq!(found[0].threads.len(), 1);
    assert_eq!(found[0].without_stack, [("a:inner", 4)]);
}

#[test]
fn processes_that_had_one_pid_are_told_apart() {
    let mut earlier = waiting(11);
    earlier.threads.clear();
    earlier.started_wall -= 1;
    let model = model_of(&[waiting(11), earlier]);
    let threads: Vec<usize> = standing(&model).iter().map(|it| it.threads.len()).collect();
    assert_eq!(threads, [0, 1]);
}

#[test]
fn the_notes_on_the_killed_are_bounded() {
    let mut many: Vec<Description> = (20..40).map(waiting).collect();
    many[0].threads = vec![many[0].threads[0].clone(); 9];
    let frame = many[0].threads[0].frames[0];
    many[19].threads[0].frames = vec![frame; 6];
    many[19].threads[0].past = 7;
    let mut idle = waiting(50);
    idle.threads.clear();
    many.push(idle);
    let model = model_of(&many);
    let notes = below(&model);
    assert_eq!(notes[0], "process 50 was killed in no timed call");
    assert_eq!(
        notes[1],
        "process 39 was killed with 6 calls unfinished: a:outer (6 times)"
    );
    assert!(
        notes[2].starts_with("  thread 77, the last for at least "),
        "{}",
        notes[2]
    );
    assert!(
        notes[2].ends_with(": … › a:outer › a:outer › a:outer › a:outer › …"),
        "{}",
        notes[2]
    );
    assert_eq!(
        notes[1..11]
            .iter()
            .filter(|it| it.contains("was killed"))
            .count(),
        5
    );
    assert_eq!(
        notes[11],
        "… and 15 more processes were killed with calls unfinished"
    );
    assert_eq!(notes[12], "`probe stacks` shows all of what was running");
    assert_eq!(notes.len(), 13);
}

#[test]
fn names_and_commands_of_others_stay_within_their_line() {
    let mut it = waiting(12);
    it.functions[0].name = "a:\u{1b}[2J\nouter".to_owned();
    it.argv = vec!["\u{7}python".to_owned()];
    let text = stacks_text::render(&model_of(&[it]), "a\nb", 60, &TimeZone::UTC);
    assert!(text.contains("a:\\u{1b}[2J\\nouter"), "{text}");
    assert!(text.contains("\\u{7}python"), "{text}");
    assert!(text.contains("a\\nb"), "{text}");
}
