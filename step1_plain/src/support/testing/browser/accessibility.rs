//! Whether all people can use the page: what axe-core (<https://github.com/dequelabs/axe-core>) finds in
//! it, light and dark, on a wide screen and on a phone.

use std::env;

use serde_json::json;

use super::Page;

const SCHEMES: [&str; 2] = ["light", "dark"];
const WIDTHS: [u32; 2] = [1280, 390];

impl Page {
    /// Shows the page in light or dark, in a window of this width.
    pub fn look(&mut self, scheme: &str, width: u32) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", &size);
    }

    /// What axe-core finds wrong with the element, each with its rule. If `AXE` does not name axe-core's
    /// file, prints a note and returns `None`, or fails if `PAGE_TESTS_REQUIRED` is set.
    #[track_caller]
    pub fn accessibility_violations(&mut self, selector: &str) -> Option<Vec<String>> {
        let Some(axe) = env::var_os("AXE") else {
            assert!(env::var_os("PAGE_TESTS_REQUIRED").is_none(), "AXE does not name axe.min.js");
            eprintln!("SKIPPED: accessibility; set AXE to the path of axe.min.js");
            return None;
        };
        if self.value("typeof axe") == "undefined" {
            let script = std::fs::read_to_string(&axe).expect("AXE names a file");
            self.value(&script);
        }
        // It checks no other frame. The page's one frame shows a figure of another library.
        let violations = self.value(&format!(
            "axe.run({selector:?}, {{ iframes: false, resultTypes: ['violations'] }}).then((result) => \
             result.violations.flatMap(({{ id, help, nodes }}) => nodes.map(({{ target, any, all }}) => \
             `${{id}} at ${{target.join(' ')}}: ${{[...any, ...all][0]?.message ?? help}}`)))"
        ));
        Some(serde_json::from_value(violations).expect("a list of sentences"))
    }

    /// Fails if axe-core finds anything wrong with the page, in light or dark, wide or narrow, with all
    /// folds open, or with any of these labs.
    #[track_caller]
    pub fn assert_accessible(&mut self, labs: &[String]) {
        let mut wrong = Vec::new();
        for (scheme, width) in SCHEMES.iter().flat_map(|scheme| WIDTHS.map(|width| (scheme, width)))
        {
            self.look(scheme, width);
            let mut check = |page: &mut Self, selector: &str| {
                page.value(
                    "document.querySelectorAll('details').forEach((it) => (it.open = true))",
                );
                let found = page.accessibility_violations(selector).unwrap_or_default();
                wrong.extend(found.into_iter().map(|it| format!("{scheme}, {width}: {it}")));
            };
            check(self, "html");
            for lab in labs {
                self.value(&format!("location.hash = {lab:?}"));
                self.wait_for(&format!("document.getElementById({lab:?}).offsetHeight > 0"));
                check(self, &format!("#{lab}"));
            }
        }
        assert!(wrong.is_empty(), "not all can use this page:\n{}", wrong.join("\n"));
    }
}
