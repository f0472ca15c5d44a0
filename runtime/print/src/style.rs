//! Colours and letters of paper: the classes of a drawing, in a light that does not depend on the reader's screen.

/// Fonts in the order they are wished for; all have the characters of Chinese.
pub(crate) const FAMILIES: [&str; 10] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "SimHei",
];

/// The family that drawings ask for.
pub(crate) const FAMILY: &str = "sans-serif";

/// The style of a sheet and of the drawings on it.
pub(crate) const STYLE: &str = "
text{font-family:sans-serif;fill:#1d2733;font-size:11px}
.paper{fill:#ffffff}
.tile{fill:#ffffff;stroke:#d9dfe6;stroke-width:1}
.sheet-title{font-size:24px;font-weight:600}
.sheet-line{font-size:13px;fill:#55616e}
.heading{font-size:14px;font-weight:600}
.large{font-size:30px;font-weight:600}
.line{font-size:12px;fill:#55616e}
.foot{font-size:11px;fill:#7a8694}
.head{font-size:11px;fill:#55616e}
.cell-text{font-size:12px}
.rule{stroke:#e3e8ee;stroke-width:1}
.tick,.label{fill:#55616e}
.value{font-weight:600}
.grid,.ring{stroke:#e3e8ee;stroke-width:1;fill:none}
.axis{stroke:#9aa5b1;stroke-width:1}
.guide{stroke:#b4552d;stroke-width:1.5;stroke-dasharray:5 4}
.guide-label{fill:#b4552d;font-size:10.5px}
.series-1.mark,.series-1.area{fill:#2f6db5}.series-1.stroke,.series-1.area,.series-1.dial{stroke:#2f6db5}
.series-2.mark,.series-2.area{fill:#c9822b}.series-2.stroke,.series-2.area,.series-2.dial{stroke:#c9822b}
.series-3.mark,.series-3.area{fill:#3c8f6b}.series-3.stroke,.series-3.area,.series-3.dial{stroke:#3c8f6b}
.series-4.mark,.series-4.area{fill:#8a5aa8}.series-4.stroke,.series-4.area,.series-4.dial{stroke:#8a5aa8}
.series-5.mark,.series-5.area{fill:#2a93a3}.series-5.stroke,.series-5.area,.series-5.dial{stroke:#2a93a3}
.series-6.mark,.series-6.area{fill:#b5495b}.series-6.stroke,.series-6.area,.series-6.dial{stroke:#b5495b}
.series-7.mark,.series-7.area{fill:#6f7d2f}.series-7.stroke,.series-7.area,.series-7.dial{stroke:#6f7d2f}
.series-8.mark,.series-8.area{fill:#5b6675}.series-8.stroke,.series-8.area,.series-8.dial{stroke:#5b6675}
.stroke{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.area{fill-opacity:.16;stroke-width:2;stroke-linejoin:round}
.mark.good{fill:#2f8f5b}.mark.watch{fill:#d6a21e}.mark.bad{fill:#c4453a}
.cell{stroke:#ffffff;fill:#eef1f5}
.heat-0{fill:#eef1f5}.heat-1{fill:#cfdff0}.heat-2{fill:#a3c2e3}.heat-3{fill:#5f93ca}.heat-4{fill:#2f6db5}
.heat-none{fill:none;stroke:#d9dfe6;stroke-dasharray:3 3}
.on-heat{font-weight:600;font-size:12px}.on-heat-3,.on-heat-4{fill:#ffffff}
.many{font-size:20px}
.track{fill:none;stroke:#eef1f5;stroke-width:16}
.dial{fill:none;stroke-width:16}
.dial.good{stroke:#2f8f5b}.dial.watch{stroke:#d6a21e}.dial.bad{stroke:#c4453a}
.big{font-size:28px;font-weight:600}
.word{font-weight:600;fill:#2f6db5}.word-2{fill:#c9822b}.word-3{fill:#3c8f6b}.word-4{fill:#8a5aa8}
";
