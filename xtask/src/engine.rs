//! Which of the probe's engines a task asks for, and how it makes sure that it got it.

use std::fmt;

use anyhow::{Result, ensure};

/// One of the probe's engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// The extension module.
    Native,
    /// The one in Python alone.
    Python,
}

/// The engines that this checkout builds; what tests all engines tests these.
pub(crate) const BUILT: [Engine; 2] = [Engine::Native, Engine::Python];

/// The one that was asked for, or all that are built.
pub(crate) fn wanted(asked: &Option<Engine>) -> &[Engine] {
    asked.as_ref().map_or(&BUILT, std::slice::from_ref)
}

impl Engine {
    /// Fails unless `found`, the answer of the payload's `describe()`, names this engine: what
    /// was measured or proved with another one says nothing.
    ///
    /// # Errors
    /// Another engine was at work, or none.
    pub(crate) fn check(self, found: Option<&str>) -> Result<()> {
        ensure!(
            found == Some(&*self.to_string()),
            "the engine `{self}` was asked for, and `{}` was at work",
            found.unwrap_or("none")
        );
        Ok(())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Python => "python",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_engine_than_asked_for_is_an_error() {
        Engine::Native.check(Some("native")).unwrap();
        let error = Engine::Native.check(Some("python")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the engine `native` was asked for, and `python` was at work"
        );
        assert!(Engine::Python.check(None).is_err());
    }
}
