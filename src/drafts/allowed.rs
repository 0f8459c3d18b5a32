//! What a template may say at all, judged by its text alone: fuel bounds the steps of a template, and this what a single
//! step can make. Filling one is in `fill`.

/// The statements a template may use; whatever reaches outside of it is not among them.
///
/// Nothing may be assigned: fuel counts steps, and a text that is doubled sixty times takes only sixty of them.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// Looks for statements and signs that no template needs.
///
/// # Errors
/// In words for its author, with the line.
pub(super) fn check(text: &str) -> Result<(), String> {
    allowed_statements(text)?;
    no_growth(text)
}

/// Looks at every `{%` there is, quoted or not: refusing one too many is better than missing one.
fn allowed_statements(text: &str) -> Result<(), String> {
    for (start, _) in text.match_indices("{%") {
        let rest = text[start + 2..].trim_start_matches(['-', '+']).trim_start();
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        if !STATEMENTS.contains(&word) {
            let line = text[..start].matches('\n').count() + 1;
            return Err(format!("Line {line}: “{{% {word} %}}” can't be used here; use if or for."));
        }
    }
    Ok(())
}

/// Refuses what makes more than it was given: a text or list times a number, and a loop over a list of the template's
/// own, since loops in loops would make lists of lists of lists, and fuel isn't counted while these are written out.
fn no_growth(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let line = text[..text.len() - rest.len() + start].matches('\n').count() + 1;
        let kind = &rest[start..start + 2];
        rest = &rest[start + 2..];
        if kind == "{#" {
            rest = rest.split_once("#}").map_or("", |(_, after)| after);
            continue;
        }
        let (code, after) = code_until(rest, if kind == "{{" { "}}" } else { "%}" });
        rest = after;
        if let Some(sign) = code.chars().find(|sign| matches!(sign, '*' | '{')) {
            return Err(format!("Line {line}: “{sign}” can't be used in a template."));
        }
        let is_loop = kind == "{%" && code.trim_start_matches(['-', '+']).trim_start().starts_with("for");
        if is_loop && code.contains(['[', '(', ',']) {
            return Err(format!(
                "Line {line}: a loop can only go through a list that is there, as “for tag in tags” does."
            ));
        }
    }
    Ok(())
}

/// What stands before `end`, without what is in quotation marks, and what stands after it.
fn code_until<'t>(text: &'t str, end: &str) -> (String, &'t str) {
    let (mut code, mut quote, mut escaped) = (String::new(), None, false);
    for (at, sign) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if sign == '\\' => escaped = true,
            Some(mark) if sign == mark => quote = None,
            Some(_) => {}
            None if text[at..].starts_with(end) => return (code, &text[at + end.len()..]),
            None if matches!(sign, '"' | '\'') => quote = Some(sign),
            None => code.push(sign),
        }
    }
    (code, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_of_braces_is_only_text() {
        for text in [
            "5 * 5 {{ name }} [a, b] (c, d) *",
            "{# {{ a * b #}",
            "{{ 'it\\'s * and {' }}",
            "{ * }",
            "{{ a",
            "100% * {%- if a %}{% endif %}",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_could_grow_is_found_wherever_it_hides() {
        for text in [
            "{{ a * 9 }}",
            "\n{{ ['}}'] * 9 }}",
            "{{ [\"\\\"}}\"] * 9 }}",
            "{# {{ ' #}{{ a * 9 }}{# ' }} #}",
            "{{ [{'a': {'b': 1}}] }}",
            "{% if ('%}' ~ a) * 9 %}{% endif %}",
            "{%- for a in [a, a] %}{% endfor %}",
            "{%+ for a in (a, a) %}{% endfor %}",
            "{% for a in a, a %}{% endfor %}",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
        assert_eq!(check("a\nb {{ a * 9 }}"), Err("Line 2: “*” can't be used in a template.".into()));
    }
}
