//! What the Python engine can't time in a Python of some version, whatever the sources say.
//! The payload decides for itself; this only tells people before they wait for calls.

use super::Pattern;

/// `sys.monitoring`, which sees the script's functions before they are defined, came with this.
const REACHES_MAIN_FROM: (u8, u8) = (3, 12);

/// Why the functions of a pattern can't be timed in this Python; none where they can, or the
/// version isn't known.
#[must_use]
pub fn out_of_reach(pattern: &Pattern, python: Option<(u8, u8)>) -> Option<String> {
    let version = python.filter(|version| *version < REACHES_MAIN_FROM)?;
    let is_main = !pattern.excludes() && pattern.exact_module().as_deref() == Some("__main__");
    is_main.then(|| {
        let (major, minor) = version;
        format!(
            "functions of the script itself are timed on Python 3.12 and later, and this is \
             {major}.{minor}; put them into a module that the script imports"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_script_of_an_old_python_is_out_of_reach() {
        let reach = |text: &str, python| out_of_reach(&text.parse().unwrap(), python);
        assert!(reach("__main__:main", Some((3, 11))).is_some());
        assert!(reach("__main__:**", Some((3, 8))).is_some());
        assert!(reach("__main__:main", Some((3, 12))).is_none());
        assert!(reach("__main__:main", None).is_none());
        assert!(reach("!__main__:main", Some((3, 8))).is_none());
        assert!(reach("shop:main", Some((3, 8))).is_none());
    }
}
