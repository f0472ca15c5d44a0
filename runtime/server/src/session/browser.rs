//! Which browser or program a request comes from: what a session is bound to, so that a token that was taken along opens nothing
//! at another.
//!
//! It is what the `User-Agent` names, without the numbers of versions: an update of the browser ends nobody's session. A phone
//! that is told to show pages as a computer does names a computer; with the same browser it is still the one that was begun in.
//! Whoever sends the same words passes; that is harder than to have found a token, and not more.

use axum::http::{HeaderMap, header};

/// Longest that is kept, in characters.
const LONGEST: usize = 300;

/// Programs that show pages inside themselves and say so: WeCom, which names WeChat too, DingTalk, Feishu, WeChat. What they show
/// pages with changes as they are updated.
const HOSTS: [&str; 4] = ["wxwork", "DingTalk", "Lark", "MicroMessenger"];

/// Products and platform by name; empty where nothing is sent.
pub(super) fn of(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).map(|value| named(&String::from_utf8_lossy(value.as_bytes()))).unwrap_or_default()
}

/// Whether a request that names `now` comes from the browser a session was begun in, which named `begun` then: the same names, or
/// those of the same browser in its other form, for phones and for computers.
pub(super) fn same(begun: &str, now: &str) -> bool {
    if begun == now {
        return true;
    }
    let (Some(begun), Some(now)) = (Said::read(begun), Said::read(now)) else { return false };
    let forms = switched(&begun.platform, &now.platform) || switched(&now.platform, &begun.platform);
    begun.browser == now.browser && (forms || begun.platform == now.platform)
}

/// What the names kept of a browser say.
struct Said<'n> {
    /// What it runs on, with whatever stands before the engine.
    platform: Vec<&'n str>,
    /// The program around it, or the engine and all that stands after it but what depends on the form.
    browser: Vec<&'n str>,
}

impl<'n> Said<'n> {
    /// `None` for what is no browser as they all write it: a platform, an engine, products.
    fn read(names: &'n str) -> Option<Self> {
        let words: Vec<&str> = names.split(' ').collect();
        let engine = words.iter().position(|word| matches!(*word, "AppleWebKit" | "Gecko"))?;
        let (platform, products) = words.split_at_checked(engine)?;
        let browser = match HOSTS.into_iter().find(|host| products.contains(host)) {
            Some(host) => vec![host],
            None => products.iter().copied().filter(|word| !matches!(*word, "Mobile" | "Version")).collect(),
        };
        Some(Self { platform: platform.to_vec(), browser })
    }
}

/// Whether the second is what a phone or tablet that names the first names when it asks for pages as a computer does.
fn switched(phone: &[&str], computer: &[&str]) -> bool {
    let apple = ["iPhone", "iPad", "iPod"].iter().any(|name| phone.contains(name)) && computer.contains(&"Macintosh");
    let linux = ["X", "Linux"].iter().all(|name| computer.contains(name)) && !computer.contains(&"Android");
    apple || (phone.contains(&"Android") && linux)
}

/// Every word up to its first number or slash, after which a version stands.
fn named(agent: &str) -> String {
    let words = agent.split(|c: char| c.is_whitespace() || "(),;".contains(c));
    let names = words.filter_map(|word| word.split(|c: char| c == '/' || c.is_ascii_digit()).next());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_changes_nothing_and_another_browser_does() {
        let edge = |version: &str| {
            named(&format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36 Edg/{version}"
            ))
        };
        assert_eq!(edge("99.0.1"), edge("141.0.0.0"));
        assert_eq!(edge("141.0"), "Mozilla Windows NT Win x AppleWebKit KHTML like Gecko Chrome Safari Edg");
        let chrome = |system: &str| named(&format!("Mozilla/5.0 ({system}) Chrome/141.0.0.0 Safari/537.36"));
        assert_ne!(chrome("Windows NT 10.0"), chrome("X11; Linux x86_64"));
        assert_ne!(chrome("Windows NT 10.0"), edge("141.0"));
        let chat = |version: &str, net: &str| named(&format!("MicroMessenger/{version}(0x28002A58) NetType/{net}"));
        assert_eq!(chat("8.0.42.2460", "WIFI"), chat("8.0.43", "4G"));
        assert_eq!((named("curl/8.5.0"), named("")), ("curl".to_owned(), String::new()));
    }

    #[test]
    fn nothing_sent_is_nothing_and_odd_bytes_are_words_too() {
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers), "");
        headers.insert(header::USER_AGENT, header::HeaderValue::from_bytes(b"caf\xe9/1").unwrap());
        assert_eq!(of(&headers), "caf\u{fffd}");
    }

    /// Whether a session begun with the first is still open with the second.
    fn goes_on(begun: &str, now: &str) -> bool {
        same(&named(begun), &named(now))
    }

    /// Browsers as they ask for pages for phones, and for pages for computers.
    const FORMS: [(&str, &str); 6] = [
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 \
             Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 \
             Safari/605.1.15",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             CriOS/85.0.4183.109 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_5) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/85 \
             Version/11.1.1 Safari/605.1.15",
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:136.0) Gecko/136.0 Firefox/136.0",
            "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; HLK-AL00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.5112.102 Mobile \
             Safari/537.36 EdgA/104.0.1293.70",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 \
             EdgA/120.0.0.0",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)  Mobile/15E148 \
             wxwork/3.1.16 MicroMessenger/7.0.1 Language/zh ColorScheme/Dark",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) wxwork/3.1.16 \
             MicroMessenger/7.0.1 Language/zh",
        ),
    ];

    #[test]
    fn a_phone_that_asks_for_pages_for_computers_is_the_same_browser_and_another_browser_is_not() {
        for (at, (phone, computer)) in FORMS.into_iter().enumerate() {
            assert!(goes_on(phone, computer) && goes_on(computer, phone), "{phone}");
            for (other, (another, form)) in FORMS.into_iter().enumerate().filter(|(other, _)| *other != at) {
                let any = [(phone, another), (phone, form), (computer, another), (computer, form)];
                assert!(any.iter().all(|(begun, now)| !goes_on(begun, now)), "{at} and {other}");
            }
        }
        // The same browser on another machine.
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome =
            |system: &str, form: &str| format!("Mozilla/5.0 ({system}) {engine} Chrome/141.0.0.0 {form}Safari/537.36");
        let phone = chrome("Linux; Android 10; K", "Mobile ");
        let windows = "Windows NT 10.0; Win64; x64";
        for system in [windows, "Macintosh; Intel Mac OS X 10_15_7", "X11; CrOS x86_64 14541.0.0"] {
            assert!(!goes_on(&phone, &chrome(system, "")), "{system}");
        }
        assert!(!goes_on(&chrome("X11; Linux x86_64", ""), &chrome(windows, "")));
        assert!(!goes_on(&phone, "curl/8.5.0") && !goes_on("curl/8.5.0", &phone) && !goes_on("", &phone));
    }

    #[test]
    fn what_shows_pages_inside_itself_may_show_them_with_another_engine() {
        let phone = "Mozilla/5.0 (Linux; Android 9; BKL-AL20; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0";
        let within = |rest: &str| format!("{phone} {rest}");
        let wecom = within(
            "Chrome/57.0.2987.132 MQQBrowser/6.2 TBS/044409 Mobile Safari/537.36 wxwork/2.7.2 MicroMessenger/6.3.22 \
             NetType/WIFI Language/zh",
        );
        let renewed = within("Chrome/107.0.5304.141 Mobile Safari/537.36 wxwork/4.1.20 MicroMessenger/7.0.1");
        let dingtalk = within(
            "Chrome/69.0.3497.100 UWS/3.22.1.161 Mobile Safari/537.36 AliApp(DingTalk/6.0.30) \
             com.alibaba.android.rimet/15213560 Channel/700159 language/zh-CN UT4Aplus/0.2.25 colorScheme/light",
        );
        let feishu = within(
            "Chrome/88.0.4324.181 Mobile Safari/537.36 Lark/6.9.9 LarkLocale/zh_CN ChannelName/Feishu \
             TTWebView/0881130046427",
        );
        let wechat = within("Chrome/86.0.4240.99 XWEB/4313 Mobile Safari/537.36 MicroMessenger/8.0.27");
        let plain = within("Chrome/107.0.5304.141 Mobile Safari/537.36");
        assert!(goes_on(&wecom, &renewed));
        let all = [&wecom, &dingtalk, &feishu, &wechat, &plain];
        for (at, one) in all.iter().enumerate() {
            for (other, another) in all.iter().enumerate() {
                assert_eq!(goes_on(one, another), at == other, "{one}\n{another}");
            }
        }
    }
}
