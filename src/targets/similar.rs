//! "Did you mean": the name most like a word, where one is alike enough to be a slip of it.

/// How alike two words are (Jaro-Winkler, 1 for equal ones) that one may be meant for the
/// other. Below this, suggestions puzzle more than they help.
const ALIKE: f64 = 0.8;

/// One in so many characters may be wrong, missing or swapped, and always one: Jaro-Winkler
/// alone takes any short beginning of a word for the word.
const CHARACTERS_A_SLIP: usize = 3;

/// The name of `among` that is most like `word`, ignoring case and the kind of dash; the
/// first of equals.
pub(crate) fn most_similar<'a>(
    word: &str,
    among: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let word = plain(word);
    among
        .into_iter()
        .filter_map(|name| {
            let other = plain(name);
            let slips = strsim::damerau_levenshtein(&word, &other);
            (slips <= (word.chars().count() / CHARACTERS_A_SLIP).max(1))
                .then(|| (strsim::jaro_winkler(&word, &other), name))
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let names = ["commit", "close", "get_price"];
        assert_eq!(most_similar("comit", names), Some("commit"));
        assert_eq!(most_similar("Get-Price", names), Some("get_price"));
        assert_eq!(most_similar("walk", names), None);
        assert_eq!(most_similar("commit", []), None);
        assert_eq!(most_similar("requests", ["re"]), None);
        assert_eq!(most_similar("shpo", ["ship", "shop"]), Some("shop"));
    }
}
