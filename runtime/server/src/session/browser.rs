//! Which browser or program a request comes from: what a session is bound to, so that a token that was taken along opens nothing
//! at another.
//!
//! It is what the `User-Agent` names, without the numbers of versions: an update of the browser ends nobody's session. A phone
//! that is told to show pages as a computer does names a computer; with the same browser it is still the one that was begun in.
//! Whoever sends the same words passes; that is harder than to have found a token, and not more.

use axum::http::{HeaderMap, header};

/// Longest that is kept, in characters.
const LONGEST: usize = 300;

/// Programs that show pages inside themselves and say so: WeCom, which names WeChat too, DingTalk, Feishu, WeChat, QQ. What they show
/// pages with changes as they are updated.
const HOSTS: [&str; 5] = ["wxwork", "DingTalk", "Lark", "MicroMessenger", "QQ"];

/// Browsers that exist on phones and tablets only, by names that they keep in every form: Huawei's, UC's and QQ's. Asking for pages
/// for computers they name whichever computer they like, and other engines. On Windows those of the same makers have other names
/// (`HBPC`, `UBrowser`, `QQBrowser`). One that leaves its name out is not told apart from a computer, and begins anew.
const OF_PHONES: [&str; 3] = ["HuaweiBrowser", "UCBrowser", "MQQBrowser"];

/// The engine of HarmonyOS, which is on no other system.
const HARMONY_ENGINE: &str = "ArkWeb";

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
    let forms = begun.switched(&now) || now.switched(&begun);
    begun.browser == now.browser && (forms || begun.platform == now.platform)
}

/// What the names kept of a browser say.
struct Said<'n> {
    /// What it runs on, with whatever stands before the engine.
    platform: Vec<&'n str>,
    /// The program around it, or the browser by the name that it keeps, or the engine and all that stands after it but what depends
    /// on the form.
    browser: Vec<&'n str>,
    /// Whether no computer but one of HarmonyOS has it, whatever it says it runs on.
    of_phones: bool,
}

impl<'n> Said<'n> {
    /// `None` for what is no browser as they all write it: a platform, an engine, products.
    fn read(names: &'n str) -> Option<Self> {
        let words: Vec<&str> = names.split(' ').collect();
        let engine = words.iter().position(|word| matches!(*word, "AppleWebKit" | "Gecko"))?;
        let (platform, products) = words.split_at_checked(engine)?;
        let platform = platform.iter().copied().filter(|word| !passing(word)).collect();
        let named = |names: &[&'static str]| names.iter().copied().find(|name| products.contains(name));
        if let Some(host) = named(&HOSTS) {
            return Some(Self { platform, browser: vec![host], of_phones: false });
        }
        if let Some(own) = named(&OF_PHONES) {
            return Some(Self { platform, browser: vec![own], of_phones: true });
        }
        let browser = products.iter().copied().filter(|word| !matches!(*word, "Mobile" | "Version")).collect();
        Some(Self { platform, browser, of_phones: products.contains(&HARMONY_ENGINE) })
    }

    fn on(&self, name: &str) -> bool {
        self.platform.contains(&name)
    }

    /// Whether the other names what a phone or tablet that names this names when it asks for pages as a computer does.
    fn switched(&self, other: &Self) -> bool {
        let apple = ["iPhone", "iPad", "iPod"].iter().any(|name| self.on(name));
        let (android, harmony) = (self.on("Android"), self.on("OpenHarmony"));
        let phone = ["Android", "OpenHarmony", "iPhone", "iPad", "iPod"].iter().any(|name| other.on(name));
        let linux = other.on("X") && other.on("Linux") && !phone;
        let macintosh = other.on("Macintosh") && !phone;
        let any = linux || macintosh || (other.on("Windows") && !phone);
        // A system of which phones, tablets that are phones unfolded, and computers say which of these they are.
        let kinds = harmony && other.on("OpenHarmony");
        let as_ever = (apple && macintosh) || ((android || harmony) && linux);
        kinds || as_ever || (self.of_phones && other.of_phones && (apple || android || harmony) && any)
    }
}

/// Whether a word before the engine says nothing of which machine it is: it comes and goes with the engine, the language chosen and
/// versions of the system.
fn passing(word: &str) -> bool {
    let two = |part: &str| part.len() == 2 && part.chars().all(|letter| letter.is_ascii_alphabetic());
    let language = word.split_once('-').is_some_and(|(language, land)| two(language) && two(land));
    language || matches!(word, "U" | "wv" | "Build" | "HarmonyOS")
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

    #[test]
    fn harmony_says_which_kind_of_machine_it_is_and_its_browser_may_say_another() {
        let harmony = |system: &str, rest: &str| {
            format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 {rest}"
            )
        };
        let phone = harmony("Phone; OpenHarmony 5.0", " ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300");
        let forms = [
            harmony("Phone; OpenHarmony 5.0; HarmonyOS 5.0", "ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.3.351"),
            harmony("Tablet; OpenHarmony 5.1", "ArkWeb/5.1.0.150 HuaweiBrowser/5.1.6.306"),
            harmony("PC; OpenHarmony 6.1; Windows NT 10.0", "ArkWeb/6.1.0.130 HuaweiBrowser/6.1.7.302"),
            harmony("X11; Linux x86_64", "ArkWeb/5.0.0.31 HuaweiBrowser/5.0.0.310"),
            harmony("Windows NT 10.0; Win64; x64", "HuaweiBrowser/5.0.4.300"),
        ];
        assert!(forms.iter().all(|form| goes_on(&phone, form) && goes_on(form, &phone)));
        // A program that shows pages with the engine of the system, and another one.
        let plain = harmony("Phone; OpenHarmony 5.0", " ArkWeb/4.1.6.1 Mobile");
        assert!(goes_on(&plain, &harmony("PC; OpenHarmony 5.1", "ArkWeb/5.1.0.150")));
        assert!(goes_on(&plain, &harmony("Macintosh; Intel Mac OS X 10_15_7", "ArkWeb/4.1.6.1")));
        for other in [
            harmony("Phone; OpenHarmony 5.0", " ArkWeb/4.1.6.1 Mobile DemoApp/1.0"),
            harmony("PC; OpenHarmony 5.0; HarmonyOS 5.0", "ArkWeb/4.1.6.1 Browser/harmony360Browser/1.0.0"),
            harmony("Windows NT 10.0; Win64; x64", ""),
            harmony("X11; Linux x86_64", ""),
            phone.clone(),
        ] {
            assert!(!goes_on(&plain, &other) && !goes_on(&other, &plain), "{other}");
        }
        // Not the browser of that name on the system before, nor Huawei's for Windows.
        let android = "Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL10; HMSCore 6.13.0.302) AppleWebKit/537.36 (KHTML, like \
                       Gecko) Chrome/114.0.5735.196 HuaweiBrowser/14.0.5.303 Mobile Safari/537.36";
        let windows = harmony("Windows NT 10.0; WOW64", "HBPC/12.1.3.303");
        assert!(!goes_on(&phone, android) && !goes_on(&phone, &windows));
    }

    #[test]
    fn browsers_of_phones_keep_their_names_whichever_computer_they_claim_to_be() {
        let uc = [
            "Mozilla/5.0 (Linux; U; Android 12; zh-CN; SM-A515F Build/SP1A.210812.016) AppleWebKit/537.36 (KHTML, like Gecko) \
             Version/4.0 Chrome/100.0.4896.58 UCBrowser/15.5.5.1312 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US) AppleWebKit/534.31 (KHTML, like Gecko) Chrome/17.0.558.0 \
             Safari/534.31 UCBrowser/15.5.5.1312",
            "Mozilla/5.0 (X11; U; Linux x86_64; zh-CN; SM-A515F) AppleWebKit/534.31 (KHTML, like Gecko) UCBrowser/15.5.5.1312 \
             U3/0.8.0 Safari/534.31",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X; zh-CN) AppleWebKit/537.51.1 (KHTML, like Gecko) \
             Mobile/21B74 UCBrowser/16.2.5 Mobile",
        ];
        let qq = [
            "Mozilla/5.0 (Linux; U; Android 13; zh-cn; PGT-AN10 Build/HONORPGTAN00) AppleWebKit/537.36 (KHTML, like Gecko) \
             Version/4.0 Chrome/114.0.0.0 MQQBrowser/14.9 Mobile Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.5414.117 \
             Safari/537.36 MQQBrowser/15.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.5414.117 MQQBrowser/15.0 \
             Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 \
             MQQBrowser/14.8.0 Mobile/15E148 Safari/604.1 QBWebViewUA/2 QBWebViewType/1 WKType/1",
        ];
        for [android, one, other, iphone] in [uc, qq] {
            for phone in [android, iphone] {
                assert!(goes_on(phone, one) && goes_on(phone, other) && goes_on(one, phone), "{phone}");
            }
            assert!(!goes_on(android, iphone) && !goes_on(one, other), "two phones, or two that claim to be others");
        }
        for (one, another) in uc.iter().zip(qq) {
            assert!(!goes_on(one, another), "{one}");
        }
        // Of the same makers, on computers.
        let windows = "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.71";
        assert!(!goes_on(uc[0], &format!("{windows} Safari/537.36 UBrowser/7.0.185.1002")));
        assert!(!goes_on(qq[0], &format!("{windows} Safari/537.36 Core/1.94.218.400 QQBrowser/12.1.5496.400")));
        assert!(!goes_on(qq[0], &format!("{windows} Safari/537.36")));
    }

    #[test]
    fn what_shows_pages_for_a_program_may_be_updated_or_be_another() {
        let android = |system: &str, rest: &str| {
            format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 {rest}")
        };
        let system = "Linux; Android 10; EML-AL00 Build/HUAWEIEML-AL00; wv";
        let own = "Linux; U; Android 10; zh-CN; EML-AL00 Build/HUAWEIEML-AL00";
        for (own_engine, of_system) in [
            (
                android(
                    own,
                    "Chrome/69.0.3497.100 UWS/3.22.1.161 UCBrowser/11.9.4.974 Mobile Safari/537.36 AliApp(DingTalk/6.0.30) \
                     com.alibaba.android.rimet/15213560",
                ),
                android(system, "Chrome/126.0.6478.122 Mobile Safari/537.36 AliApp(DingTalk/7.6.0) language/zh-CN"),
            ),
            (
                android(
                    own,
                    "Chrome/89.0.4389.72 MQQBrowser/6.2 TBS/046011 Mobile Safari/537.36 wxwork/4.0.6 MicroMessenger/7.0.1 \
                     NetType/WIFI Language/zh",
                ),
                android("Linux; Android 11; EML-AL00; wv", "Chrome/126.0.6478.122 Mobile Safari/537.36 wxwork/4.1.28"),
            ),
            (
                android(system, "Chrome/88.0.4324.181 Mobile Safari/537.36 Lark/6.9.9 TTWebView/0881130046427"),
                android(system, "Chrome/110.0.5481.154 Mobile Safari/537.36 Lark/7.20.5 ChannelName/Feishu"),
            ),
        ] {
            assert!(goes_on(&own_engine, &of_system) && goes_on(&of_system, &own_engine), "{own_engine}");
        }
        // Another phone, and the same program on a computer.
        let wecom = android(system, "Chrome/107.0.5304.141 Mobile Safari/537.36 wxwork/4.1.20 MicroMessenger/7.0.1");
        let other = android("Linux; Android 12; PGT-AN00; wv", "Chrome/107.0 Mobile Safari/537.36 wxwork/4.1.20");
        let computer = "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.220 \
                        Safari/537.36 wxwork/4.1.22 (MicroMessenger/6.2) WindowsWechat";
        assert!(!goes_on(&wecom, &other) && !goes_on(&wecom, computer));
    }
}
