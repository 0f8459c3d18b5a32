//! A headless Chromium that a test drives with plain blocking calls; each waits for the page and fails with words that say
//! what was missing. Which pages to visit is not here.

#![allow(dead_code, reason = "a kit: not every test run uses every tool")]

use super::driver::{self, DevTools, Driver};
use super::programs;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::runtime::{self, Runtime};

/// How long a call waits for the page before it fails.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(25);

/// A browser with an empty profile, gone with all its processes once this is dropped. A test that panics leaves
/// `target/shots/failed-<test>.png` behind. Not to be used inside an async runtime.
pub struct Browser {
    runtime: Runtime,
    page: WebDriver,
    driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser whose pages are `width` × `height` CSS pixels; `None` (said once) where it is not installed.
    ///
    /// Panics where it is there but does not start, and in CI where it is missing.
    #[track_caller]
    pub fn start(width: u32, height: u32) -> Option<Browser> {
        let Some(program) = programs::find("chromedriver") else {
            programs::leave_out("browser tests", "no chromedriver found; install chromium and chromium-driver");
            return None;
        };
        super::choose_tls();
        let driver = Driver::start(&program);
        let profile =
            tempfile::Builder::new().prefix("rapport-chrome-").tempdir().expect("a directory for the profile");
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for the driver");
        let wanted = driver::capabilities(profile.path(), width, height).expect("capabilities");
        let page = match runtime.block_on(WebDriver::new(format!("http://127.0.0.1:{}", driver.port), wanted)) {
            Ok(page) => page,
            Err(e) if e.to_string().contains("cannot find Chrome binary") => {
                programs::leave_out("browser tests", "chromedriver finds no browser; install chromium");
                return None;
            }
            Err(e) => panic!("the browser does not start: {}", driver::brief(&e)),
        };
        let browser = Browser { runtime, page, driver, _profile: profile };
        browser.set_size(width, height);
        Some(browser)
    }

    /// Opens an absolute URL and returns when the page has loaded.
    #[track_caller]
    pub fn goto(&self, url: &str) {
        let done = self.runtime.block_on(self.page.goto(url));
        self.must(done, || format!("open {url}"));
    }

    /// The address of the page that is open.
    #[track_caller]
    pub fn url(&self) -> String {
        let url = self.runtime.block_on(self.page.current_url());
        self.must(url, || "tell the address".into()).to_string()
    }

    /// Clicks the first element that matches, once it is there and nothing covers it.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.until(&format!("click {css}"), async || {
            self.page.find(By::Css(css)).await?.click().await?;
            Ok(Some(()))
        });
    }

    /// Gives a field its value as a person would: types text, picks an option by its words or value, sets a date
    /// (`2026-11-25`, `2026-11-25T09:00`), chooses a file by its path.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        self.until(&format!("fill {css} with {text:?}"), async || {
            let field = self.page.find(By::Css(css)).await?;
            let kind = field.prop("type").await?.unwrap_or_default();
            match kind.as_str() {
                "file" => field.send_keys(text).await?,
                "select-one" | "date" | "time" | "datetime-local" | "month" | "week" | "color" | "range" => {
                    let set = self.page.execute(SET_VALUE, vec![field.to_json()?, json!(text)]).await?;
                    return Ok((set.json() == &json!(true)).then_some(()));
                }
                _ => {
                    if field.value().await?.is_some_and(|value| !value.is_empty()) {
                        field.clear().await?;
                    }
                    field.send_keys(text).await?;
                }
            }
            Ok(Some(()))
        });
    }

    /// The visible text of the first element that matches, once it is there.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.until(&format!("find {css}"), async || self.page.find(By::Css(css)).await?.text().await.map(Some))
    }

    /// How many elements match at this moment, visible or not; does not wait.
    #[track_caller]
    pub fn count(&self, css: &str) -> usize {
        let found = self.runtime.block_on(self.page.find_all(By::Css(css)));
        self.must(found, || format!("look for {css}")).len()
    }

    /// Waits until an element that matches is visible.
    #[track_caller]
    pub fn wait_for(&self, css: &str) {
        self.until(&format!("see {css}"), async || {
            for element in self.page.find_all(By::Css(css)).await? {
                if element.is_displayed().await? {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        });
    }

    /// Waits until nothing visible matches any more.
    #[track_caller]
    pub fn wait_gone(&self, css: &str) {
        self.until(&format!("see the last of {css}"), async || {
            for element in self.page.find_all(By::Css(css)).await? {
                if element.is_displayed().await? {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        });
    }

    /// Waits until the page shows `text`; runs of white space count as one space, capitals as the style sheet makes them.
    #[track_caller]
    pub fn wait_text(&self, text: &str) {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.until(&format!("read {wanted:?}"), async || {
            let shown = self.page.execute("return document.body ? document.body.innerText : ''", vec![]).await?;
            let shown = shown.json().as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
            Ok(shown.contains(&wanted).then_some(()))
        });
    }

    /// Presses keys where the focus is: `"j"`, `Key::Escape`, `Key::Control + "k"`. A modifier is held until the last key.
    #[track_caller]
    pub fn press(&self, keys: impl Into<TypingData>) {
        let modifiers = [Key::Shift, Key::Control, Key::Alt, Key::Meta].map(|key| key.value());
        let (mut chain, mut held) = (self.page.action_chain(), Vec::new());
        for key in keys.into().as_vec() {
            chain = chain.key_down(key);
            if modifiers.contains(&key) {
                held.push(key);
            } else {
                chain = chain.key_up(key);
            }
        }
        for key in held.into_iter().rev() {
            chain = chain.key_up(key);
        }
        let done = self.runtime.block_on(chain.perform());
        self.must(done, || "press keys".into());
    }

    /// Drags with the mouse from the middle of one element to the middle of what is visible of another, in small steps.
    /// Both must fit into the page's window at once.
    #[track_caller]
    pub fn drag(&self, from_css: &str, to_css: &str) {
        let ends = self.until(&format!("drag {from_css} to {to_css}"), async || {
            let to = self.page.find(By::Css(to_css)).await?;
            let from = self.page.find(By::Css(from_css)).await?;
            let found = self.page.execute(DRAG_ENDS, vec![from.to_json()?, to.to_json()?]).await?;
            found.convert::<Option<[[f64; 2]; 2]>>()
        });
        let [[x, y], [to_x, to_y]] = ends;
        let at = |part: f64| ((x + (to_x - x) * part).round() as i64, (y + (to_y - y) * part).round() as i64);
        let mut chain = self.page.action_chain_with_delay(None, Some(Duration::from_millis(15)));
        chain = chain.move_to(at(0.0).0, at(0.0).1).click_and_hold();
        for step in 1..=16 {
            let (x, y) = at(f64::from(step) / 16.0);
            chain = chain.move_to(x, y);
        }
        // A second rest on the same spot, as a hand makes before it lets go.
        chain = chain.move_to(at(1.0).0, at(1.0).1).release();
        let done = self.runtime.block_on(chain.perform());
        self.must(done, || format!("drag {from_css} to {to_css}"));
    }

    /// Makes the page `width` × `height` CSS pixels, also below what a window could shrink to.
    #[track_caller]
    pub fn set_size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Sends a DevTools command: `("Emulation.setTimezoneOverride", json!({"timezoneId": "Asia/Tokyo"}))`.
    #[track_caller]
    pub fn devtools(&self, method: &str, params: Value) -> Value {
        let ask = DevTools(json!({"cmd": method, "params": params}));
        let told = self.runtime.block_on(async { self.page.cmd(ask).await?.value::<Value>() });
        self.must(told, || method.to_owned())
    }

    /// Runs a script in the page, whatever the page's own policy allows, and returns what it returns.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        let told = self.runtime.block_on(self.page.execute(script, vec![]));
        self.must(told, || format!("run {script}")).json().clone()
    }

    /// Takes the errors that the page has put in the console since the last call: exceptions and policy violations, not
    /// answers of 4xx or 5xx.
    #[track_caller]
    pub fn complaints(&self) -> Vec<String> {
        let log = self.runtime.block_on(self.page.browser_log());
        let log = self.must(log, || "read the console".into());
        let serious = log.into_iter().filter(|e| e.level == "SEVERE" && e.source.as_deref() != Some("network"));
        serious.map(|entry| entry.message).collect()
    }

    /// Saves what is visible as `target/shots/NAME.png` and returns the path.
    #[track_caller]
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let picture = self.runtime.block_on(self.page.screenshot_as_png());
        let picture = self.must(picture, || "take a screenshot".into());
        save(name, &picture).unwrap_or_else(|e| panic!("cannot save the screenshot {name}: {e}"))
    }

    /// Checks the page with axe-core, the script at `RAPPORT_AXE`, and returns the violations as `rule: target`.
    ///
    /// Without `RAPPORT_AXE`: says so once and returns none; panics in CI.
    #[track_caller]
    pub fn axe(&self) -> Vec<String> {
        let Some(file) = env::var_os("RAPPORT_AXE").filter(|path| !path.is_empty()) else {
            programs::leave_out("accessibility checks", "RAPPORT_AXE does not name an axe.min.js");
            return Vec::new();
        };
        let source = fs::read_to_string(&file).unwrap_or_else(|e| panic!("RAPPORT_AXE {}: {e}", file.display()));
        let found = self.runtime.block_on(async {
            self.page.execute(source, vec![]).await?;
            self.page.execute_async(RUN_AXE, vec![]).await?.convert()
        });
        self.must(found, || "check the page with axe".into())
    }

    /// Repeats `attempt` while it finds nothing or the page is in motion, and fails after [`PATIENCE`].
    #[track_caller]
    fn until<T>(&self, what: &str, attempt: impl AsyncFn() -> WebDriverResult<Option<T>>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let found = self.runtime.block_on(async {
            loop {
                let why = match attempt().await {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => None,
                    Err(e) if driver::passing(&e) => Some(e),
                    Err(e) => return Err(driver::brief(&e)),
                };
                if Instant::now() > deadline {
                    return Err(why.map_or_else(
                        || format!("it did not come within {} s", PATIENCE.as_secs()),
                        |e| driver::brief(&e),
                    ));
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        found.unwrap_or_else(|why| panic!("cannot {what} at {}: {why}", self.place()))
    }

    #[track_caller]
    fn must<T>(&self, result: WebDriverResult<T>, what: impl Fn() -> String) -> T {
        result.unwrap_or_else(|e| panic!("cannot {} at {}: {}", what(), self.place(), driver::brief(&e)))
    }

    fn place(&self) -> String {
        self.runtime
            .block_on(self.page.current_url())
            .map_or_else(|_| "an unknown address".into(), |url| url.to_string())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let limit = Duration::from_secs(10);
        if thread::panicking() {
            let name = thread::current().name().unwrap_or("test").replace("::", "-");
            let shot =
                self.runtime.block_on(async { tokio::time::timeout(limit, self.page.screenshot_as_png()).await });
            if let Ok(Ok(picture)) = shot {
                let _ = save(&format!("failed-{name}"), &picture);
            }
        }
        let quit = self.page.clone().quit();
        let _ = self.runtime.block_on(async { tokio::time::timeout(limit, quit).await });
        self.driver.end();
    }
}

fn save(name: &str, picture: &[u8]) -> io::Result<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shots");
    let file = dir.join(format!("{name}.png"));
    fs::create_dir_all(&dir)?;
    fs::write(&file, picture)?;
    Ok(file)
}

const SET_VALUE: &str = "
    const [field, text] = arguments;
    const options = [...(field.options ?? [])];
    const option = options.find(o => o.value === text || o.label.trim() === text);
    if (options.length && !option) return false;
    field.focus();
    field.value = option ? option.value : text;
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));
    return true;";

const DRAG_ENDS: &str = "
    const [from, to] = arguments;
    for (const element of [to, from]) element.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
    const middle = (start, end, limit) => (Math.max(start, 0) + Math.min(end, limit)) / 2;
    const ends = [from, to].map(element => {
        const box = element.getBoundingClientRect();
        return [middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight)];
    });
    return ends.every(([x, y]) => x > 0 && x < innerWidth && y > 0 && y < innerHeight) ? ends : null;";

const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ['violations']}).then(
        told => done(told.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}`))),
        error => done([`axe: ${error}`]));";
