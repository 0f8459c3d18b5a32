//! Visiting pages: what each is held to, collected over all of them so that one run tells everything.

use super::{faults, sites::Stop, wishes};
use crate::app::chrome::Browser;

/// Visits all of the stops in a light or dark room and returns what is wrong, a line each.
pub fn visit(browser: &Browser, stops: &[Stop], scheme: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    wishes(browser, scheme);
    let width = browser.script("return innerWidth");
    for stop in stops {
        browser.goto(&stop.url);
        let status = browser.script("return performance.getEntriesByType('navigation')[0].responseStatus");
        if status != stop.status {
            wrong.push(format!("{}: status {status} at {}", stop.name, stop.url));
        }
        let headings = browser.count("h1");
        if headings != 1 {
            wrong.push(format!("{}: {headings} headings of the first rank", stop.name));
        }
        wrong.extend(faults(browser).into_iter().map(|fault| format!("{}: {fault}", stop.name)));
        browser.screenshot(&format!("{}-{scheme}-{width}", stop.name));
    }
    wrong
}
