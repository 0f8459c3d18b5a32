//! A form's fields as they came: bounded, repeated names kept, read one by one with words for what is wrong.

use std::str::FromStr;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method, web};

use crate::error::{Error, Result};

/// The fields of a form or of a query string.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// NUL is in no text that people write, and PostgreSQL stores none.
    fn of(mut pairs: Vec<(String, String)>) -> Self {
        for (_, value) in &mut pairs {
            value.retain(|c| c != '\0');
        }
        Self(pairs)
    }

    /// Reads `a=1&b=2`.
    pub fn parse(text: &str) -> Self {
        Self::of(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a name; empty when it isn't there.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether a name is there at all: a ticked box.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The trimmed value; none when empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// A value that may be left empty; a problem when it is there and wrong.
    pub fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>>
    where
        T::Err: std::fmt::Display,
    {
        self.some(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Error::invalid(name, format!("“{}” can't be used here.", crate::channels::preview(text, 60)))
                })
            })
            .transpose()
    }

    /// A value that must be there.
    pub fn required<T: FromStr>(&self, name: &'static str) -> Result<T>
    where
        T::Err: std::fmt::Display,
    {
        self.optional(name)?.ok_or_else(|| Error::invalid(name, "Fill this in."))
    }

    /// A value for a filter: wrong ones are as if not there.
    pub fn lenient<T: FromStr>(&self, name: &str) -> Option<T> {
        self.some(name).and_then(|text| text.parse().ok())
    }

    /// The same fields with one set anew, as a query string.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in self.0.iter().filter(|(key, value)| key != name && !value.is_empty()) {
            out.append_pair(key, value);
        }
        if !value.is_empty() {
            out.append_pair(name, value);
        }
        out.finish()
    }
}

impl FromRequest for Fields {
    type Error = actix_web::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // HEAD is answered as GET is (RFC 9110, 9.3.2).
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            let query = Self::parse(request.query_string());
            return Box::pin(async move { Ok(query) });
        }
        // 2 MB: a pasted conversation of the largest size fits in.
        let body = web::Form::<Vec<(String, String)>>::from_request(request, payload);
        Box::pin(async move { Ok(Self::of(body.await?.into_inner())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_its_other_fields_when_one_changes() {
        let fields = Fields::parse("kind=lead&q=a%20b&after=x");
        assert_eq!(fields.with("after", ""), "kind=lead&q=a+b");
        assert_eq!(fields.with("q", "c"), "kind=lead&after=x&q=c");
        assert_eq!(fields.get("q"), "a b");
        assert_eq!(Fields::parse("q=a%00b").get("q"), "ab");
    }
}
