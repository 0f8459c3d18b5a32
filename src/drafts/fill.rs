//! A template and the facts become a draft. The values are plain text: nothing in them is ever read as a template, and
//! nothing is escaped. No template can include another one, and the work each may do is bounded.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Rest, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters};

use super::{Draft, Facts, Flaw, LONGEST_DRAFT, allowed, hollow, tags::Tags};

/// The variables a template may use.
pub const VARIABLES: [&str; 15] = [
    "first_name",
    "last_name",
    "name",
    "company",
    "title",
    "handle",
    "followers",
    "tags",
    "channel",
    "stage",
    "pipeline",
    "last_words",
    "my_name",
    "my_first_name",
    "brand",
];

/// The longest template, in characters.
const LONGEST_TEMPLATE: usize = 20_000;

/// The longest single value, in characters: a novel as their last message shouldn't drown the draft.
const LONGEST_VALUE: usize = 5_000;

/// The work one filling may do, in minijinja's measure of instructions and data (about 1.3 MB of text).
const FUEL: u64 = 20_000;

/// The variables a template uses, in order of their names.
///
/// # Errors
/// In words for its author: a syntax error with its line, an unknown variable with the known ones, a statement that
/// isn't allowed, too long a text, or a loop without a reasonable end.
pub fn check_template(text: &str) -> Result<Vec<String>, String> {
    let used = variables_of(text)?;
    render(text, &example()).0.map_err(|error| explain(&error))?;
    // With nothing known other branches are taken; arithmetic on a missing value is no fault of the template.
    match render(text, &Facts::default()).0 {
        Err(error) if error.kind() != ErrorKind::InvalidOperation => Err(explain(&error)),
        _ => Ok(used),
    }
}

/// How many characters a template makes at least: for somebody about whom everything is known in few words, and for
/// somebody about whom nothing is.
pub(super) fn least_length(text: &str) -> usize {
    let length = |facts: &Facts| render(text, facts).0.map_or(0, |filled| filled.trim().chars().count());
    length(&example()).min(length(&Facts::default()))
}

/// Somebody about whom everything is known.
fn example() -> Facts {
    Facts {
        name: "Ana Li".to_owned(),
        first_name: "Ana".to_owned(),
        last_name: Some("Li".to_owned()),
        company: Some("Acme".to_owned()),
        title: Some("Buyer".to_owned()),
        handle: Some("ana.li".to_owned()),
        channel: "LinkedIn".to_owned(),
        stage: Some("New".to_owned()),
        pipeline: Some("Leads".to_owned()),
        last_words: Some("Sounds good".to_owned()),
        owner: Some("Tom Berg".to_owned()),
        sender_first: Some("Tom".to_owned()),
        brand: Some("Northwind".to_owned()),
        followers: Some(1_200),
        tags: vec!["berlin".to_owned(), "coffee".to_owned()],
    }
}

/// The template filled for one contact: a missing value without fallback shows as a gap such as `‹company›` and is
/// flagged; a template that can't be filled is returned as it is, flagged as broken.
pub fn fill(template: &str, facts: &Facts) -> Draft {
    let used = match variables_of(template) {
        Ok(used) => used,
        Err(reason) => return broken(template, reason, Vec::new()),
    };
    let (rendered, gaps) = render(template, facts);
    match rendered {
        Ok(text) => {
            let mut flaws: Vec<Flaw> = gaps.into_iter().map(Flaw::Missing).collect();
            for flaw in hollow::inspect(&text, facts, &[], None) {
                if !flaws.contains(&flaw) {
                    flaws.push(flaw);
                }
            }
            Draft { text: cut(text, LONGEST_DRAFT), flaws }
        }
        Err(error) => {
            let values = values(facts);
            let missing = used.into_iter().filter(|name| !values.contains_key(name.as_str()));
            broken(template, explain(&error), missing.map(Flaw::Missing).collect())
        }
    }
}

/// What a variable stands for, as the start of a sentence.
pub(super) fn label(variable: &str) -> Option<&'static str> {
    Some(match variable {
        "first_name" => "The contact's first name",
        "last_name" => "The contact's last name",
        "name" => "The contact's name",
        "company" => "The contact's company",
        "title" => "The contact's job title",
        "handle" => "The contact's handle",
        "followers" => "The contact's number of followers",
        "tags" => "The contact's list of tags",
        "channel" => "The channel",
        "stage" => "The stage",
        "pipeline" => "The pipeline",
        "last_words" => "What they last wrote",
        "my_name" => "Your name",
        "my_first_name" => "Your first name",
        "brand" => "The brand's name",
        _ => return None,
    })
}

fn broken(template: &str, reason: String, mut flaws: Vec<Flaw>) -> Draft {
    flaws.insert(0, Flaw::Broken(reason));
    Draft { text: cut(template.to_owned(), LONGEST_DRAFT), flaws }
}

/// Everything that can be said about a template without values.
fn variables_of(text: &str) -> Result<Vec<String>, String> {
    let chars = text.chars().count();
    if chars > LONGEST_TEMPLATE {
        return Err(format!("The template has {chars} characters; shorten it to {LONGEST_TEMPLATE}."));
    }
    allowed::check(text)?;
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|error| explain(&error))?;
    let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    used.sort_unstable();
    match used.iter().find(|name| !VARIABLES.contains(&name.as_str())) {
        Some(unknown) => {
            Err(format!("There is no variable “{unknown}”. The known ones are: {}.", VARIABLES.join(", ")))
        }
        None => Ok(used),
    }
}

/// The rendered text or the error, and the variables that showed as gaps, in order of their names.
fn render(template: &str, facts: &Facts) -> (Result<String, Error>, Vec<String>) {
    let shown = Shown::default();
    let mut context: BTreeMap<&str, Value> = values(facts);
    for name in VARIABLES {
        context.entry(name).or_insert_with(|| Value::from_object(Gap { variable: name, shown: Arc::clone(&shown) }));
    }
    let text = environment().render_str(template, Value::from(context));
    let gaps = shown.lock().unwrap_or_else(PoisonError::into_inner).keys().map(|name| (*name).to_owned()).collect();
    (text, gaps)
}

/// The known values only.
fn values(facts: &Facts) -> BTreeMap<&'static str, Value> {
    let mut values = BTreeMap::new();
    let texts = [
        ("first_name", Some(&facts.first_name)),
        ("last_name", facts.last_name.as_ref()),
        ("name", Some(&facts.name)),
        ("company", facts.company.as_ref()),
        ("title", facts.title.as_ref()),
        ("handle", facts.handle.as_ref()),
        ("channel", Some(&facts.channel)),
        ("stage", facts.stage.as_ref()),
        ("pipeline", facts.pipeline.as_ref()),
        ("last_words", facts.last_words.as_ref()),
        ("my_name", facts.owner.as_ref()),
        ("my_first_name", facts.sender_first.as_ref()),
        ("brand", facts.brand.as_ref()),
    ];
    for (name, value) in texts {
        if let Some(text) = value.map(|text| text.trim()).filter(|text| !text.is_empty()) {
            values.insert(name, Value::from(cut(text.to_owned(), LONGEST_VALUE)));
        }
    }
    if let Some(followers) = facts.followers {
        values.insert("followers", Value::from(followers));
    }
    let tags: Vec<String> = facts.tags.iter().filter(|tag| !tag.trim().is_empty()).take(50).cloned().collect();
    if !tags.is_empty() {
        values.insert("tags", Value::from_object(Tags(tags)));
    }
    values
}

fn environment() -> Environment<'static> {
    // Only what is named here exists: each filter's answer is at most about as long as what it was given.
    let mut environment = Environment::empty();
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("join", join);
    environment.add_filter("default", fallback);
    environment.add_filter("d", fallback);
    environment.add_test("defined", |value: &Value| !missing(value));
    environment.add_test("undefined", missing);
    environment.add_test("none", |value: &Value| value.is_none() || missing(value));
    environment
}

/// `{{ company|default('your company') }}`: minijinja's own filter knows nothing of gaps.
fn fallback(value: &Value, others: Rest<Value>) -> Value {
    let lax = others.get(1).is_some_and(Value::is_true);
    if missing(value) || (lax && !value.is_true()) {
        others.first().cloned().unwrap_or_else(|| Value::from(""))
    } else {
        value.clone()
    }
}

/// A list as a text; only short texts stand between, since the answer grows with both.
fn join(list: &Value, between: Option<String>) -> Result<String, Error> {
    let between = cut(between.unwrap_or_default(), 20);
    let parts: Vec<String> = list.try_iter()?.take(50).map(|part| part.to_string()).collect();
    Ok(parts.join(&between))
}

fn missing(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<Gap>().is_some()
}

fn explain(error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return "The template does too much work: make its loops shorter.".to_owned();
    }
    let line = error.line().map_or_else(String::new, |line| format!("Line {line}: "));
    match error.detail() {
        Some(detail) => format!("{line}{}: {detail}.", error.kind()),
        None => format!("{line}{}.", error.kind()),
    }
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

/// The variables whose gap was written somewhere.
type Shown = Arc<Mutex<BTreeMap<&'static str, ()>>>;

/// Stands where a value is missing: false in a condition, empty in a loop, and remembers when it is written out.
struct Gap {
    variable: &'static str,
    shown: Shown,
}

impl fmt::Debug for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(self.variable, ());
        write!(f, "‹{}›", self.variable)
    }
}

impl Object for Gap {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Facts {
        Facts {
            name: "Ana Li".to_owned(),
            first_name: "Ana".to_owned(),
            company: Some("Acme & Söhne".to_owned()),
            channel: "LinkedIn".to_owned(),
            owner: Some("Tom Berg".to_owned()),
            sender_first: Some("Tom".to_owned()),
            tags: vec!["berlin".to_owned(), "coffee".to_owned()],
            ..Facts::default()
        }
    }

    #[test]
    fn a_complete_template_makes_a_draft_without_flaws() {
        let draft = fill("Hi {{ first_name }}, how is {{ company }}?\n{{ my_first_name }}", &ana());
        assert_eq!(draft, Draft { text: "Hi Ana, how is Acme & Söhne?\nTom".to_owned(), flaws: vec![] });
    }

    #[test]
    fn a_missing_value_shows_as_a_gap_and_is_flagged_once() {
        let facts = Facts { company: Some("  ".to_owned()), ..ana() };
        let draft = fill("Hi {{ first_name }}, {{ company }} or {{ company|upper }}?", &facts);
        assert_eq!(draft.text, "Hi Ana, ‹company› or ‹COMPANY›?");
        assert_eq!(draft.flaws, [Flaw::Missing("company".to_owned())]);
    }

    #[test]
    fn a_fallback_or_a_condition_avoids_the_flaw() {
        let facts = Facts { company: None, ..ana() };
        for template in [
            "How is {{ company|default('your company') }}?",
            "How is {{ company|d('your company') }}?",
            "How is {{ company or 'your company' }}?",
            "How is {% if company %}{{ company }}{% else %}your company{% endif %}?",
            "How is {% if company is defined %}{{ company }}{% else %}your company{% endif %}?",
        ] {
            let draft = fill(template, &facts);
            assert_eq!((draft.text.as_str(), draft.flaws.len()), ("How is your company?", 0), "{template}");
        }
    }

    #[test]
    fn a_fallback_greeting_is_flagged() {
        let facts = Facts { first_name: String::new(), ..ana() };
        let draft = fill("Hi {{ first_name|default('there') }}, nice talk", &facts);
        assert_eq!(draft.flaws, [Flaw::FallbackGreeting("Hi there".to_owned())]);
        let draft = fill("Dear {{ first_name|default('') }}, nice talk", &facts);
        assert_eq!(draft.flaws.iter().map(Flaw::key).collect::<Vec<_>>(), ["fallback_greeting"]);
    }

    #[test]
    fn a_name_typed_into_the_template_is_flagged() {
        let draft = fill("Hi Marcus, nice to meet you", &ana());
        assert_eq!(draft.flaws, [Flaw::OtherName("Marcus".to_owned())]);
    }

    #[test]
    fn values_are_never_read_as_templates_nor_escaped() {
        let facts = Facts { company: Some("{{ my_name }} <b>&".to_owned()), ..ana() };
        let draft = fill("At {{ company }}", &facts);
        assert_eq!(draft.text, "At {{ my_name }} <b>&");
        assert_eq!(draft.flaws, [Flaw::Placeholder("{{ my_name }}".to_owned())]);
    }

    #[test]
    fn tags_can_be_listed() {
        assert_eq!(fill("{% for tag in tags %}#{{ tag }} {% endfor %}", &ana()).text, "#berlin #coffee ");
        assert_eq!(fill("{{ tags|join(', ') }}", &ana()).text, "berlin, coffee");
        assert_eq!(fill("{{ tags }}, {{ tags|length }}, {{ tags[1] }}", &ana()).text, "berlin, coffee, 2, coffee");
        let none = Facts { tags: vec![], ..ana() };
        assert_eq!(fill("Yes{% for tag in tags %}#{{ tag }}{% endfor %}", &none).flaws, []);
    }

    #[test]
    fn endless_work_and_large_texts_are_bounded() {
        let draft = fill("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", &ana());
        assert_eq!(draft.flaws.iter().map(Flaw::key).collect::<Vec<_>>(), ["broken"]);
        let doubling = format!("{{% set x = name %}}{}{{{{ x }}}}", "{% set x = x ~ x %}".repeat(60));
        assert_eq!(fill(&doubling, &ana()).flaws.iter().map(Flaw::key).collect::<Vec<_>>(), ["broken"]);
        let lists = format!("{}{{{{ a }}}}{}", "{% for a in [[a, a, a, a]] %}".repeat(40), "{% endfor %}".repeat(40));
        for multiplied in [
            "{{ 'long ' * 5000 }}",
            "{{ ['x'] * 99999999 }}",
            "{{ 9 ** 9999 }}",
            "{{ ['}}'] * 99999999 }}",
            "{{ [\"\\\"}}\"] * 99999999 }}",
            "{# {{ ' #}{{ ['x'] * 99999999 }}{# ' }} #}",
            "{{ [{'a': {'b': 1}}] * 99999999 }}",
            "{% if (['%}'] * 99999999)|join %}{% endif %}",
            "{% for a in ((tags, tags), (tags, tags)) %}{{ a }}{% endfor %}",
            &lists,
        ] {
            assert_eq!(fill(multiplied, &ana()).flaws[0].key(), "broken", "{multiplied}");
        }
        for filter in ["replace('a', 'b')", "indent(99999)", "list", "batch(9)"] {
            assert!(check_template(&format!("{{{{ name|{filter} }}}}")).is_err(), "{filter}");
        }
        let wordy = Facts { last_words: Some("long ".repeat(300)), ..ana() };
        let draft = fill(&"{{ last_words }} ".repeat(20), &wordy);
        assert_eq!(draft.text.chars().count(), LONGEST_DRAFT);
        assert!(draft.flaws.iter().any(|flaw| flaw.key() == "too_long"), "{:?}", draft.flaws);
    }

    #[test]
    fn a_template_that_fails_comes_back_as_it_is() {
        let draft = fill("Hi {{ first_name", &ana());
        assert_eq!(draft.text, "Hi {{ first_name");
        assert_eq!(draft.flaws[0].key(), "broken");
        let draft = fill("{{ followers // 1000 }}k followers", &ana());
        assert!(draft.flaws.contains(&Flaw::Missing("followers".to_owned())));
    }

    #[test]
    fn the_check_names_the_variables_used() {
        let used = check_template("Hi {{ first_name }}{% if company %} at {{ company }}{% endif %}").unwrap();
        assert_eq!(used, ["company", "first_name"]);
        assert_eq!(check_template("{% for tag in tags %}{{ loop.index }} {{ tag }}{% endfor %}").unwrap(), ["tags"]);
        assert_eq!(check_template("{{ followers // 1000 }}k").unwrap(), ["followers"]);
    }

    #[test]
    fn the_check_says_what_is_wrong() {
        let unknown = check_template("Hi {{ firstname }}").unwrap_err();
        assert!(unknown.contains("“firstname”") && unknown.contains("first_name, "), "{unknown}");
        let syntax = check_template("Hi\n{{ first_name }").unwrap_err();
        assert!(syntax.starts_with("Line 2: syntax error"), "{syntax}");
        let filter = check_template("Hi\n\n{{ first_name|shout }}").unwrap_err();
        assert!(filter.starts_with("Line 3: "), "{filter}");
        assert!(check_template(&"x".repeat(20_001)).is_err());
        assert!(
            check_template("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}").is_err()
        );
    }

    #[test]
    fn no_template_reaches_outside_of_itself() {
        for statement in
            ["include 'a'", "import 'a' as b", "from 'a' import b", "extends 'a'", "macro m()", "block a", "raw"]
        {
            for template in
                [format!("{{% {statement} %}}"), format!("{{%-{statement}%}}"), format!("{{%+ {statement} %}}")]
            {
                assert!(check_template(&template).unwrap_err().contains("can't be used here"), "{template}");
                assert_eq!(fill(&template, &ana()).flaws[0].key(), "broken");
            }
        }
        assert!(check_template("{{ debug() }}").is_err());
    }
}
