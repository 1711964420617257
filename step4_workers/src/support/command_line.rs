//! The command line: a flag for each setting, and three more.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::settings::{About, Setting};

/// The command line of a program.
pub fn command_line(about: &About) -> Command {
    let settings = about.all_settings().map(|setting| {
        let repeats = setting.key == "bind";
        let arg = Arg::new(setting.key)
            .long(setting.flag)
            .aliases(aliases(setting.key))
            .short(setting.short)
            .value_name(setting.value)
            .help(setting_help(setting))
            .action(if repeats { ArgAction::Append } else { ArgAction::Set });
        match setting.alone {
            Some(alone) => arg.num_args(0..=1).default_missing_value(alone),
            // `Settings` refuses "-1" with a better word than "unexpected argument".
            None => arg.allow_hyphen_values(true),
        }
    });
    Command::new(about.name)
        .about(about.about)
        .args_override_self(true)
        .version(env!("CARGO_PKG_VERSION"))
        .arg(
            Arg::new("config")
                .short('c')
                .long("config")
                .value_name("FILE")
                .help("Read settings from this TOML file; see step4_workers/workers.toml"),
        )
        .args(settings)
        .arg(
            Arg::new("check-config")
                .long("check-config")
                .action(ArgAction::SetTrue)
                .help("Say whether the settings are good (exit code 0) or what is wrong (1)"),
        )
        .arg(
            Arg::new("print-config")
                .long("print-config")
                .action(ArgAction::SetTrue)
                .help("Print every setting, its value and where it came from"),
        )
}

/// Gunicorn's users find a setting under the name that it has in the file, too.
fn aliases(key: &'static str) -> &'static [&'static str] {
    match key {
        "keepalive" => &["keepalive"],
        "pidfile" => &["pidfile"],
        "accesslog" => &["access-logfile"],
        _ => &[],
    }
}

fn setting_help(setting: &Setting) -> String {
    let mut help = setting.help.to_owned();
    if let Some(name) = setting.env {
        help += &format!(" [env: {name}]");
    }
    if !setting.default.is_empty() {
        help += &format!(" [default: {}]", setting.default);
    }
    help
}

/// What the flag of this setting says, if it was given.
pub fn flag(setting: &Setting, arguments: &ArgMatches) -> Option<Vec<String>> {
    Some(arguments.get_many(setting.key)?.cloned().collect())
}
