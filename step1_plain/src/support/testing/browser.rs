//! The lab page in a real browser: Chromium, without a window, driven over a pipe by its DevTools
//! protocol (<https://chromedevtools.github.io/devtools-protocol/>).

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{PATIENCE, Program};

mod accessibility;

/// The page has been opened, and shows a lab.
const OPEN: &str =
    "document.readyState === 'complete' && document.querySelector('.lab:not([hidden])')";

/// `await painted()` waits until the page has been painted.
const PAINTED: &str = "globalThis.painted = () => \
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";

/// No lab takes longer than this, with the settings of the tests.
const LAB: Duration = Duration::from_secs(60);

/// A page in a browser of its own; both end when dropped.
pub struct Page {
    browser: Child,
    to: ChildStdin,
    from: mpsc::Receiver<Value>,
    session: Option<String>,
    sent: u64,
    events: Vec<Value>,
    /// The folder of its profile.
    folder: PathBuf,
}

impl Page {
    /// Opens the page of the server at this address, in English. Without Chromium, prints a note and
    /// returns `None`, or fails if `PAGE_TESTS_REQUIRED` is set.
    #[track_caller]
    pub fn open(server: SocketAddr) -> Option<Self> {
        let Some(program) = find_chromium() else {
            assert!(env::var_os("PAGE_TESTS_REQUIRED").is_none(), "chromium is not installed");
            eprintln!("SKIPPED: the lab page is tested only where chromium is installed");
            return None;
        };
        let mut page = Self::start(&program);
        page.command("Emulation.setLocaleOverride", &json!({ "locale": "en" }));
        page.visit(server);
        Some(page)
    }

    fn start(program: &str) -> Self {
        // The name is short because the browser puts a socket there, and its path may have 107 bytes.
        static PAGES: AtomicU32 = AtomicU32::new(0);
        let number = PAGES.fetch_add(1, Relaxed);
        let folder = env::temp_dir().join(format!("page-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("there is room for a folder");
        // The protocol uses descriptors 3 and 4. The sandbox needs rights that not every machine gives,
        // and this browser opens only our pages.
        let mut browser = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "sh", program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-dev-shm-usage", "--lang=en"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .env("TMPDIR", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let to = browser.stdin.take().expect("it is piped");
        let from = messages(browser.stdout.take().expect("it is piped"));
        let (session, sent, events) = (None, 0, Vec::new());
        let mut page = Self { browser, to, from, session, sent, events, folder };
        let downloads = json!({ "behavior": "allow", "downloadPath": page.downloads() });
        page.command("Browser.setDownloadBehavior", &downloads);
        let target = page.command("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.command("Target.attachToTarget", &attach);
        page.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Runtime", "Log", "Network", "Page"] {
            page.command(&format!("{domain}.enable"), &json!({}));
        }
        page.command("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": PAINTED }));
        page
    }

    fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// Goes to the page of the server at this address.
    pub fn visit(&mut self, server: SocketAddr) {
        self.command("Page.navigate", &json!({ "url": format!("http://{server}/") }));
        self.wait_for(OPEN);
    }

    /// Ends the program and waits until the page says that the server is away. Then starts this program in
    /// its place, and waits until the page has noticed.
    #[track_caller]
    pub fn restart(&mut self, program: Program, command: &mut Command) -> Program {
        let server = program.address.to_string();
        drop(program);
        self.wait_for("document.getElementById('outage')?.innerText");
        assert!(self.text("#outage").starts_with("The server does not respond."));
        let program = Program::start_command(command.args(["--bind", &server]));
        self.wait_for("!document.getElementById('outage')?.innerText");
        program
    }

    /// Sends a command of the protocol, and returns its result.
    pub fn command(&mut self, method: &str, parameters: &Value) -> Value {
        self.try_command(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same for a command that may fail.
    fn try_command(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser reads");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left);
            let message = message.unwrap_or_else(|_| panic!("no result in time: {method}"));
            if message["id"] != self.sent {
                self.events.push(message);
                continue;
            }
            return match &message["error"] {
                Value::Null => Ok(message["result"].clone()),
                error => Err(error.clone()),
            };
        }
    }

    /// The value of a JavaScript expression, awaited.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.command("Runtime.evaluate", &parameters);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result:#}");
        result["result"]["value"].clone()
    }

    /// The text in an element; the first one's, if there are several.
    #[track_caller]
    pub fn text(&mut self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({selector:?}).textContent"));
        text.as_str().expect("an element has a text").to_owned()
    }

    /// Waits until this expression is true.
    #[track_caller]
    pub fn wait_for(&mut self, expression: &str) {
        let deadline = Instant::now() + LAB;
        let condition =
            json!({ "expression": format!("Boolean({expression})"), "returnByValue": true });
        // The browser refuses this while the page is loading, so it is not true yet.
        while self
            .try_command("Runtime.evaluate", &condition)
            .map_or(true, |it| it["result"]["value"] != true)
        {
            assert!(Instant::now() < deadline, "never so: {expression}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks on an element.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        self.value(&format!("document.querySelector({selector:?}).click()"));
    }

    /// Writes into a field, as a user would.
    #[track_caller]
    pub fn write(&mut self, id: &str, text: &str) {
        self.value(&format!(
            "(() => {{ const field = document.getElementById({id:?}); field.value = {text:?}; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
        ));
    }

    /// Runs a lab with this prediction and these settings, and returns its grade and the verdict.
    #[track_caller]
    pub fn run_lab(
        &mut self,
        lab: &str,
        prediction: &str,
        settings: &[(&str, &str)],
    ) -> (String, String) {
        self.start_lab(lab, prediction, settings);
        self.end_of_lab(lab)
    }

    /// Opens a lab, and starts it.
    #[track_caller]
    pub fn start_lab(&mut self, lab: &str, prediction: &str, settings: &[(&str, &str)]) {
        self.open_lab(lab);
        for (name, value) in
            [&[("prediction", prediction), ("reason", "a test | says so")], settings].concat()
        {
            self.write(&format!("{lab}-{name}"), value);
        }
        self.click(&format!("#{lab} .run"));
    }

    /// Chooses a lab from the course.
    #[track_caller]
    pub fn open_lab(&mut self, lab: &str) {
        self.click(&format!("#course a[href='#{lab}']"));
        self.wait_for(&format!("!document.getElementById({lab:?}).hidden"));
    }

    /// Waits until the lab is done, observes `unsure` if it can, and returns the grade and the verdict, or
    /// `none` and the reason.
    #[track_caller]
    pub fn end_of_lab(&mut self, lab: &str) -> (String, String) {
        self.see(lab, "unsure")
    }

    /// Waits until the lab is done, observes this (`same`, `more`, `less`, `other` or `unsure`) if it can,
    /// and returns the grade and the verdict, or `none` and the reason.
    #[track_caller]
    pub fn see(&mut self, lab: &str, seen: &str) -> (String, String) {
        self.wait_for(&format!("!document.querySelector('#{lab} .run').disabled"));
        let end = self.value(&format!(
            "{{ const of = (name) => document.querySelector('#{lab} ' + name); \
             if (!of('.look').hidden && !of('.message')) of('[data-seen={seen}]').click(); \
             of('.message') ? ['none', of('.message').textContent] : \
             [of('.verdict').classList[1], of('.verdict').textContent]; }}"
        ));
        serde_json::from_value(end).expect("a class and a text")
    }

    /// Changes the last prediction to the measured value, and all rounds to the same value. Returns the
    /// verdict. (Another run would measure another value.)
    #[track_caller]
    pub fn predict_what_was_measured(&mut self, lab: &str) -> String {
        self.value(&format!(
            "{{ const book = JSON.parse(localStorage['lab notebook']); \
             const run = book.runs.findLast((run) => run.lab === {lab:?}); \
             const {{ median }} = run.measured; Object.assign(run, {{ predicted: median, seen: 'same' }}); \
             Object.assign(run.measured, {{ low: median, high: median }}); \
             localStorage['lab notebook'] = JSON.stringify(book); }}"
        ));
        self.reload();
        self.open_lab(lab);
        self.text(&format!("#{lab} .verdict"))
    }

    /// Opens the page again.
    #[track_caller]
    pub fn reload(&mut self) {
        self.value("document.body.replaceChildren()");
        self.command("Page.reload", &json!({}));
        self.wait_for(OPEN);
    }

    /// Presses keys, one after another: letters, or by name, `Tab`, `Shift+Tab`, `Space`, `ArrowUp`, and so on.
    #[track_caller]
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let (modifiers, name) = key.strip_prefix("Shift+").map_or((0, *key), |key| (8, key));
            let (name, code, text) = match name {
                "Tab" => (name, 9, ""),
                "Enter" => (name, 13, "\r"),
                "Space" => (" ", 32, " "),
                letter if letter.len() == 1 => (name, 0, name),
                _ => (name, 0, ""),
            };
            let mut key = json!({
                "type": "keyDown", "key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers, "text": text,
            });
            self.command("Input.dispatchKeyEvent", &key);
            key["type"] = "keyUp".into();
            key["text"] = "".into();
            self.command("Input.dispatchKeyEvent", &key);
        }
    }

    /// Fails unless every lab on the page runs to its verdict, no text is missing in either language, and
    /// the browser reports nothing. Returns the labs.
    #[track_caller]
    pub fn assert_whole(&mut self, server: SocketAddr) -> Vec<String> {
        let labs = self.run_every_lab();
        self.assert_both_languages();
        assert_eq!(self.complaints(server), [""; 0]);
        labs
    }

    /// Runs every lab with its fastest settings.
    #[track_caller]
    fn run_every_lab(&mut self) -> Vec<String> {
        let labs = self.value("[...document.querySelectorAll('.lab')].map((lab) => lab.id)");
        let labs: Vec<String> = serde_json::from_value(labs).expect("they have ids");
        for lab in &labs {
            for (name, value) in [("n", "20000"), ("seconds", "1"), ("pause", "0")] {
                let id = format!("{lab}-{name}");
                if self.value(&format!("Boolean(document.getElementById({id:?}))")) == true {
                    self.write(&id, value);
                }
            }
            self.value(&format!("document.getElementById('{lab}-rounds').stepDown(100)"));
            let (grade, verdict) = self.run_lab(lab, "1", &[]);
            assert!(grade != "none", "{lab}: {verdict}");
        }
        labs
    }

    /// Fails unless every text exists in English and in Korean, and the page shows it.
    #[track_caller]
    fn assert_both_languages(&mut self) {
        let missing = self.value(
            "import('/lab/language.js').then(({ everyText }) => everyText.flatMap(({ en, ko }) => \
             [...new Set([...Object.keys(en), ...Object.keys(ko)])].filter((name) => \
             typeof en[name] !== typeof ko[name] || (name !== 'unit' && !en[name]))))",
        );
        assert_eq!(missing, json!([]), "texts that only one language has");
        let questions = "[...document.querySelectorAll('h2, h3, .lab label, .lab p, .lab button, #course a')]\
                         .map((element) => element.innerText).filter((text) => text)";
        let count = |page: &mut Self, pattern: &str| {
            let texts = page.value(&format!("{questions}.filter((text) => {pattern}.test(text))"));
            texts.as_array().expect("a list").clone()
        };
        for (language, pattern) in
            [("ko", "/^(?!.*[\u{ac00}-\u{d7a3}]).*[a-z]{4}/s"), ("en", "/[\u{ac00}-\u{d7a3}]/")]
        {
            self.click(&format!("input[value={language}]"));
            assert_eq!(self.value("document.documentElement.lang"), language);
            let wrong = count(self, pattern);
            assert!(wrong.is_empty(), "not in {language}: {wrong:?}");
        }
        assert!(!self.text("body").contains("undefined"));
    }

    /// Downloads the worksheet, and returns it without the backslashes before Markdown's signs.
    #[track_caller]
    pub fn worksheet(&mut self) -> String {
        self.worksheet_file().replace('\\', "")
    }

    /// Downloads the worksheet, and returns it as it is.
    #[track_caller]
    pub fn worksheet_file(&mut self) -> String {
        std::fs::create_dir_all(self.downloads()).expect("the folder is ours");
        self.click("#download");
        let is_it = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let files = std::fs::read_dir(self.downloads()).expect("it is there");
            let file = files.filter_map(|file| Some(file.ok()?.path())).find(is_it);
            let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
            if let (Some(file), Some(text)) = (file, text.filter(|text| !text.is_empty())) {
                std::fs::remove_file(file).expect("it is ours");
                return text;
            }
            assert!(Instant::now() < deadline, "the worksheet never comes");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the browser reports: errors, warnings, and requests to any other server.
    pub fn complaints(&mut self, server: SocketAddr) -> Vec<String> {
        // Events come in order, so those until now come before the result of this.
        self.value("1");
        let ours = [format!("http://{server}/"), format!("blob:http://{server}/")];
        let is_foreign = |url: &str| !ours.iter().any(|ours| url.starts_with(ours));
        let complaint = |event: Value| match event["method"].as_str()? {
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                Some(event.to_string())
            }
            "Network.requestWillBeSent" => event["params"]["request"]["url"]
                .as_str()
                .filter(|url| is_foreign(url))
                .map(|url| format!("a request to {url}")),
            _ => None,
        };
        self.events.drain(..).filter_map(complaint).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
        // Its child processes write a moment longer.
        let deadline = Instant::now() + PATIENCE;
        while self.folder.exists() && Instant::now() < deadline {
            let _ = std::fs::remove_dir_all(&self.folder);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn find_chromium() -> Option<String> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"].map(str::to_owned);
    let works = |name: &String| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    env::var("CHROMIUM").into_iter().chain(names).find(works)
}

/// Messages end with a zero.
fn messages(from: ChildStdout) -> mpsc::Receiver<Value> {
    let (to, messages) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(from).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message).expect("the browser speaks JSON");
            let _ = to.send(message);
        }
    });
    messages
}
