//! What the whole-program tests share: a place of their own with a real virtualenv in it, the
//! real `probe`, and a form for what a program said. No test is here.

// Each area is a program of its own and uses a part of this.
#![allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod cgroup;
mod context;
mod engines;
mod many;
mod pythons;
mod ran;
mod recorded;
mod server;
mod signals;
mod terminal;
mod tools;
mod tree;
mod users;
mod wheels;

pub use cgroup::MemoryLimit;
pub use context::Context;
pub use engines::{AUTO, Engine};
pub use many::many;
pub use pythons::{Python, python_of, pythons, usual_python};
pub use ran::{Ran, Run, wait_for_line};
pub use recorded::{Recorded, Truth, check_keys};
pub use server::{Answer, Server};
pub(crate) use signals::with_usual_signals;
pub use terminal::Terminal;
pub use tools::{has_callgrind_annotate, has_promtool, skip, uv, virtualenv};
pub use tree::Tree;
pub use users::{NOBODY, as_nobody, as_user, is_root, reachable_probe};
pub use wheels::wheel;

/// Runs a command and compares its exit code, stdout and stderr with the snapshot beside it.
macro_rules! snapshot {
    ($context:expr, $command:expr, @$expected:literal) => {{
        let ran = $crate::common::Run::ran(&mut $command);
        $context
            .settings()
            .bind(|| insta::assert_snapshot!(ran.text(), @$expected));
        ran
    }};
}
pub(crate) use snapshot;

/// As [`snapshot!`], and nothing of the place may change.
macro_rules! refused {
    ($context:expr, $command:expr, @$expected:literal) => {{
        let before = $crate::common::Tree::of($context.root());
        $crate::common::snapshot!($context, $command, @$expected);
        before.assert_same_as_now($context.root());
    }};
}
pub(crate) use refused;

/// Makes a test of each function for each supported Python, such as `install::on_3_8`.
macro_rules! on_each_python {
    ($($function:ident),+ $(,)?) => {
        $(mod $function {
            $crate::common::on_each_python!(@ $function, on_3_8 8);
            $crate::common::on_each_python!(@ $function, on_3_9 9);
            $crate::common::on_each_python!(@ $function, on_3_10 10);
            $crate::common::on_each_python!(@ $function, on_3_11 11);
            $crate::common::on_each_python!(@ $function, on_3_12 12);
            $crate::common::on_each_python!(@ $function, on_3_13 13);
            $crate::common::on_each_python!(@ $function, on_3_14 14);
            $crate::common::on_each_python!(@ $function, on_3_15 15);
        })+
    };
    (@ $function:ident, $test:ident $minor:literal) => {
        #[test]
        fn $test() {
            if let Some(python) = $crate::common::python_of($minor) {
                super::$function(python);
            }
        }
    };
}
pub(crate) use on_each_python;

/// Makes a test of each function for each supported Python and both engines, such as
/// `install::native::on_3_8`.
macro_rules! on_each_engine {
    ($($function:ident),+ $(,)?) => {
        $(mod $function {
            mod native {
                fn with_engine(python: &crate::common::Python) {
                    crate::$function(python, crate::common::Engine::Native);
                }
                crate::common::on_each_python!(with_engine);
            }
            mod python {
                fn with_engine(python: &crate::common::Python) {
                    crate::$function(python, crate::common::Engine::Python);
                }
                crate::common::on_each_python!(with_engine);
            }
        })+
    };
}
pub(crate) use on_each_engine;
