//! The files of `assets/web`, embedded. They are put into the page as they are, scripts in this
//! order: each is one constant, and uses those before it.

/// The page's frame, with a mark where each part goes.
pub(super) const FRAME: &str = include_str!("../../../assets/web/index.html");

/// How it looks.
pub(super) const STYLE: &str = concat!(
    include_str!("../../../assets/web/style.css"),
    include_str!("../../../assets/web/sections.css"),
    include_str!("../../../assets/web/media.css"),
);

/// What it does.
pub(super) const SCRIPT: &str = concat!(
    include_str!("../../../assets/web/units.js"),
    include_str!("../../../assets/web/elements.js"),
    include_str!("../../../assets/web/scale.js"),
    include_str!("../../../assets/web/calls.js"),
    include_str!("../../../assets/web/histogram.js"),
    include_str!("../../../assets/web/details.js"),
    include_str!("../../../assets/web/table.js"),
    include_str!("../../../assets/web/flame.js"),
    include_str!("../../../assets/web/processes.js"),
    include_str!("../../../assets/web/stacks.js"),
    include_str!("../../../assets/web/summary.js"),
    include_str!("../../../assets/web/live.js"),
    include_str!("../../../assets/web/main.js"),
);
