//! A real browser that acts on a page as a reader does: Chromium without a screen, driven over its DevTools protocol.
//!
//! The protocol goes through two pipes, its messages end in a zero byte. So no port is opened, and no library is needed.

use crate::needs;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest wait for an answer, or for what a page is to become. A loaded machine takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A desk's and a phone's width.
pub const DESK: u32 = 1280;
pub const PHONE: u32 = 390;

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    last: u64,
    /// The mouse, in pixels of the window.
    mouse: (f64, f64),
    loaded: bool,
    complaints: Vec<String>,
    asked: Vec<String>,
    // The profile, which is removed with the browser.
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one, as wide as a desk's.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // Of the protocol's pipes the browser expects one to read from as its third file and one to write to as its fourth.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh", needs::browser()])
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-extensions", "--disable-sync", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (to, mut out) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let read = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if sender.send(read).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            child,
            to,
            from,
            session: String::new(),
            last: 0,
            mouse: (0.0, 0.0),
            loaded: false,
            complaints: Vec::new(),
            asked: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.call("Target.attachToTarget", &attach)["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.width(DESK);
        browser
    }

    /// Opens a file and waits until it is loaded. What an earlier page complained about and asked for is forgotten.
    pub fn open(&mut self, page: impl AsRef<Path>) {
        let page = page.as_ref().canonicalize().unwrap();
        (self.loaded, self.complaints, self.asked) = (false, Vec::new(), Vec::new());
        self.call("Page.navigate", &json!({"url": format!("file://{}", page.display())}));
        let until = Instant::now() + PATIENCE;
        while !self.loaded {
            assert!(self.listen(until).is_some(), "{} does not load", page.display());
        }
        // Charts are drawn in the next frame.
        self.settle();
    }

    /// Sets the window's width; below 600 pixels it is a phone's.
    pub fn width(&mut self, width: u32) {
        let phone = width < 600;
        let height = if phone { 844 } else { 900 };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        self.settle();
    }

    /// Makes the reader's screen dark or light.
    pub fn dark(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
        self.settle();
    }

    /// The value of an expression in the page. A promise is waited for.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &asked);
        let failed = &answer["exceptionDetails"];
        assert!(failed.is_null(), "{expression}: {}", failed["exception"]["description"]);
        answer["result"]["value"].clone()
    }

    /// The text of an element, as a reader sees it.
    pub fn text(&mut self, selector: &str) -> String {
        let value = self.eval(&format!("document.querySelector({}).innerText", json!(selector)));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// How many elements there are.
    pub fn count(&mut self, selector: &str) -> u64 {
        self.eval(&format!("document.querySelectorAll({}).length", json!(selector))).as_u64().unwrap()
    }

    /// How many elements there are that a reader can see.
    pub fn shown(&mut self, selector: &str) -> u64 {
        let all = format!("[...document.querySelectorAll({})]", json!(selector));
        self.eval(&format!("{all}.filter((e) => e.getClientRects().length > 0).length")).as_u64().unwrap()
    }

    /// The page's elements after its scripts ran.
    pub fn elements(&mut self) -> String {
        self.eval("document.documentElement.outerHTML").as_str().unwrap().to_owned()
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.eval(&format!("Boolean({expression})")).as_bool().unwrap() {
            assert!(Instant::now() < until, "never true: {expression}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// A place in an element, as shares of its width and height, in pixels of the window; the page is scrolled to it.
    pub fn place(&mut self, selector: &str, (right, down): (f64, f64)) -> (f64, f64) {
        let find = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return null;
               e.scrollIntoView({{block: 'center', inline: 'nearest', behavior: 'instant'}});
               const r = e.getBoundingClientRect(); return [r.left + {right} * r.width, r.top + {down} * r.height]; }})()",
            json!(selector)
        );
        let place = self.eval(&find);
        assert!(place.is_array(), "there is no {selector}");
        self.settle();
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Moves the mouse to a place in the window.
    pub fn move_to(&mut self, place: (f64, f64)) {
        self.mouse_event("mouseMoved", place, &json!({}));
        self.mouse = place;
        self.settle();
    }

    /// Clicks at a place in the window.
    pub fn click_at(&mut self, place: (f64, f64)) {
        self.move_to(place);
        self.button("mousePressed", place);
        self.button("mouseReleased", place);
        self.settle();
    }

    /// Clicks at the middle of an element.
    pub fn click(&mut self, selector: &str) {
        let place = self.place(selector, (0.5, 0.5));
        self.click_at(place);
    }

    /// Holds the pointer over the middle of an element.
    pub fn hover(&mut self, selector: &str) {
        let place = self.place(selector, (0.5, 0.5));
        self.move_to(place);
    }

    /// Drags from one place in the window to another, in steps as a hand does.
    pub fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        const STEPS: i32 = 8;
        self.move_to(from);
        self.button("mousePressed", from);
        for step in 1..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let place = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            self.mouse_event("mouseMoved", place, &json!({"button": "left", "buttons": 1}));
        }
        self.button("mouseReleased", to);
        self.mouse = to;
        self.settle();
    }

    /// Turns the wheel over the middle of an element; `down` is in pixels, negative ones go up.
    pub fn wheel(&mut self, selector: &str, down: f64) {
        let place = self.place(selector, (0.5, 0.5));
        self.mouse_event("mouseWheel", place, &json!({"deltaX": 0, "deltaY": down}));
        self.settle();
    }

    /// Presses a key by its name, as in `Tab`, `Enter`, `ArrowRight` or `a`, where the focus is.
    pub fn key(&mut self, name: &str) {
        let code = match name {
            "Backspace" => 8,
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "PageUp" => 33,
            "PageDown" => 34,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            "Delete" => 46,
            letter => u32::from(letter.to_ascii_uppercase().as_bytes()[0]),
        };
        let mut down = json!({"type": "keyDown", "key": name, "windowsVirtualKeyCode": code});
        match name {
            "Enter" => down["text"] = json!("\r"),
            letter if letter.chars().count() == 1 => down["text"] = json!(letter),
            _ => {}
        }
        self.call("Input.dispatchKeyEvent", &down);
        self.call("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": name, "windowsVirtualKeyCode": code}));
        self.settle();
    }

    /// Types a text where the focus is.
    pub fn write(&mut self, text: &str) {
        text.chars().for_each(|letter| self.key(&letter.to_string()));
    }

    /// Puts the focus on an element.
    pub fn focus(&mut self, selector: &str) {
        self.eval(&format!("document.querySelector({}).focus()", json!(selector)));
    }

    /// Chooses an entry of a menu by its value, as a reader's choice would: its events are sent.
    pub fn choose(&mut self, selector: &str, value: &str) {
        let chosen = self.eval(&format!(
            "(() => {{ const menu = document.querySelector({}); menu.value = {};
               for (const kind of ['input', 'change']) menu.dispatchEvent(new Event(kind, {{bubbles: true}}));
               return menu.value; }})()",
            json!(selector),
            json!(value)
        ));
        assert_eq!(chosen, value, "{selector} has no such entry");
        self.settle();
    }

    /// What scripts and the browser complained about since the page was opened.
    pub fn complaints(&mut self) -> &[String] {
        self.settle();
        &self.complaints
    }

    /// What the page asked for since it was opened, itself and what is in it left out.
    pub fn asked(&mut self) -> &[String] {
        self.settle();
        &self.asked
    }

    /// Keeps a picture of the whole page as `NAME.png` in the folder that `SPIKEMESH_PICTURES` names, if it does.
    pub fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("SPIKEMESH_PICTURES") else { return };
        // Large layers are drawn late.
        std::thread::sleep(Duration::from_millis(250));
        self.settle();
        let shot = self.call("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let text = shot["data"].as_str().unwrap();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
    }

    /// Pictures at both widths, light and dark. The page is left at a desk's width on a light screen.
    pub fn pictures(&mut self, name: &str) {
        if std::env::var_os("SPIKEMESH_PICTURES").is_none() {
            return;
        }
        for (width, dark) in [(PHONE, true), (PHONE, false), (DESK, true), (DESK, false)] {
            self.width(width);
            self.dark(dark);
            self.eval("window.scrollTo(0, 0)");
            self.picture(&format!("{name}-{width}-{}", if dark { "dark" } else { "light" }));
        }
    }

    fn button(&mut self, kind: &str, place: (f64, f64)) {
        self.mouse_event(kind, place, &json!({"button": "left", "clickCount": 1}));
    }

    fn mouse_event(&mut self, kind: &str, (x, y): (f64, f64), more: &Value) {
        let mut event = json!({"type": kind, "x": x, "y": y});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call("Input.dispatchMouseEvent", &event);
    }

    /// Waits until what was done is drawn.
    fn settle(&mut self) {
        let drawn = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))";
        let asked = json!({"expression": drawn, "awaitPromise": true});
        // A click may lead to another page: what was awaited in the old one never comes.
        if self.ask("Runtime.evaluate", &asked).is_err() {
            std::thread::sleep(Duration::from_millis(100));
            let _ = self.ask("Runtime.evaluate", &asked);
        }
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.ask(method, parameters).unwrap_or_else(|error| panic!("{method} {parameters}: {error}"))
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.last += 1;
        let number = self.last;
        let mut message = json!({"id": number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.to.flush().unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.listen(until).unwrap_or_else(|| panic!("no answer to {method} {parameters}"));
            if answer["id"] == number {
                let failed = !answer["error"].is_null();
                return if failed { Err(answer["error"].clone()) } else { Ok(answer["result"].clone()) };
            }
        }
    }

    /// The next message, noted if it is an event; `None` if none comes in time.
    fn listen(&mut self, until: Instant) -> Option<Value> {
        let message = match self.from.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => panic!("the browser ended"),
        };
        let event = &message["params"];
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Runtime.exceptionThrown") => {
                let details = &event["exceptionDetails"];
                self.complaints.push(format!("{} {}", details["text"], details["exception"]["description"]));
            }
            Some("Runtime.consoleAPICalled") if ["error", "warning", "assert"].iter().any(|t| event["type"] == *t) => {
                self.complaints.push(event["args"].to_string());
            }
            Some("Log.entryAdded") if ["error", "warning"].iter().any(|level| event["entry"]["level"] == *level) => {
                self.complaints.push(event["entry"]["text"].to_string());
            }
            Some("Network.requestWillBeSent") => {
                let url = event["request"]["url"].as_str().unwrap_or_default();
                let is_page = event["type"] == "Document" && url.starts_with("file://");
                if !is_page && !["data:", "blob:", "about:"].iter().any(|own| url.starts_with(own)) {
                    self.asked.push(url.to_owned());
                }
            }
            _ => {}
        }
        Some(message)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own children end with it; it is not asked politely, as it has nothing to keep.
        let _ = write!(self.to, "{}\0", json!({"id": 0, "method": "Browser.close"}));
        let _ = self.to.flush();
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && self.child.try_wait().is_ok_and(|status| status.is_none()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
