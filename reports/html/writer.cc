// Escaping, style and script of the pages.
#include "reports/html/writer.h"

#include <fmt/format.h>

#include "reports/text.h"

namespace spokelab::reports::html {

namespace {

constexpr std::string_view kLight =
    "--bg:#f4f6f8;--card:#fff;--ink:#18212c;--muted:#566273;--line:#dde2e8;--good:#0a6e56;--good-"
    "fill:#cfeae1;"
    "--bad:#b0350b;--bad-fill:#cf4d18;--bad-line:#e98a63;--bad-soft:#fbe6dd;--bad-ink:#fff;--warn:#"
    "7d5200;"
    "--warn-fill:#f6d47c;--warn-soft:#fdf2d6;--quiet-fill:#e3e8ee;--quiet-ink:#364252;--fault:#"
    "63449e;"
    "--fault-fill:#dccff2;--accent:#1a5bb5;--p0:#3f7fc4;--p1:#86b3e0;--p2:#b9d3ee;--k0:#2a78b8;--"
    "k1:#8ccbf0;"
    "--k2:#23a17f;--k3:#c98bb6;--k4:#e6ca5c;--k5:#9aa5b1;--k0-ink:#fff;--k-ink:#10202c;";
constexpr std::string_view kDark =
    "--bg:#0f1317;--card:#181e25;--ink:#e4e9ee;--muted:#9aa6b4;--line:#2b343e;--good:#5fcfac;--"
    "good-fill:#1b4438;"
    "--bad:#ff9670;--bad-fill:#b8481a;--bad-line:#e0764a;--bad-soft:#3d2219;--bad-ink:#fff;--warn:#"
    "ecc060;"
    "--warn-fill:#7c5a17;--warn-soft:#352b15;--quiet-fill:#2b3540;--quiet-ink:#c5ced9;--fault:#"
    "bda6f5;"
    "--fault-fill:#3c3059;--accent:#7db2f5;--p0:#4c8fd6;--p1:#34659a;--p2:#24466b;--k0:#3d8bcb;--"
    "k1:#63b1dd;"
    "--k2:#2bab89;--k3:#cf95bd;--k4:#e2c75f;--k5:#7f8a96;--k0-ink:#fff;--k-ink:#10202c;";

constexpr std::string_view kStyle = R"css(
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,.top{max-width:1240px;margin:0 auto;padding:0 20px}
.top{display:flex;justify-content:space-between;align-items:center;padding-top:14px;font-size:13px;color:var(--muted)}
.top b{color:var(--ink);letter-spacing:.02em}
.theme{border:0;margin:0;padding:0;display:flex;gap:10px}
.theme label{cursor:pointer}
.theme input{margin:0 4px 0 0;vertical-align:-1px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:16px 0;padding:18px 22px}
h1{font-size:23px;line-height:1.25;margin:0}
h2{font-size:16px;margin:0 0 10px}
h3{font-size:14px;margin:18px 0 6px}
p{margin:6px 0}
.muted,figcaption,.note{color:var(--muted);font-size:13px}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.verdict{border-left:8px solid var(--line)}
.verdict.passed{border-left-color:var(--good)}
.verdict.failed{border-left-color:var(--bad-fill)}
.verdict.inconclusive{border-left-color:var(--warn-fill)}
.head{display:flex;gap:14px;align-items:center;flex-wrap:wrap}
.sentence{font-size:16.5px;margin:12px 0 8px;max-width:90ch}
.badge{display:inline-block;border-radius:6px;padding:1px 9px;font-weight:650;font-size:12.5px;white-space:nowrap}
h1+.badge,.head .badge{font-size:15px;padding:4px 13px}
.badge.passed{background:var(--good-fill);color:var(--good)}
.badge.failed{background:var(--bad-fill);color:var(--bad-ink)}
.badge.inconclusive{background:var(--warn-soft);color:var(--warn);box-shadow:inset 0 0 0 1px var(--warn)}
.badge.info{background:var(--quiet-fill);color:var(--quiet-ink);font-weight:500}
.facts{display:flex;flex-wrap:wrap;gap:4px 22px;margin:12px 0 0;padding:0;font-size:13px;color:var(--muted)}
.facts div{display:flex;gap:6px}.facts dt::after{content:":"}.facts dd{margin:0;color:var(--ink)}
.reasons{margin:8px 0;padding-left:20px}
.cmd{display:flex;gap:10px;align-items:center;margin-top:12px}
.cmd code{background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:6px 10px;overflow-x:auto;flex:0 1 auto}
button,.filter input[type=search]{font:inherit;font-size:13px;border:1px solid var(--line);background:var(--card);color:var(--ink);border-radius:6px;padding:4px 10px}
button{cursor:pointer}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{font-weight:600;text-align:left;color:var(--muted);font-size:12px;padding:4px 10px 6px 0;border-bottom:1px solid var(--line)}
td{padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.nowrap{white-space:nowrap}
tr.failed td:first-child,tr.inconclusive td:first-child{box-shadow:inset 3px 0 var(--bad-fill);padding-left:10px}
tr.inconclusive td:first-child{box-shadow:inset 3px 0 var(--warn-fill)}
.t-bad{color:var(--bad);font-weight:600}.t-good{color:var(--good)}
figure{margin:0}
svg{display:block;width:100%;height:auto}
.wide svg{min-width:860px}
svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
svg .m{fill:var(--muted)}svg .g{font-weight:650;font-size:12px}svg .e{text-anchor:end}svg .c{text-anchor:middle}
.grid{stroke:var(--line);stroke-width:1}.sep{stroke:var(--line);stroke-width:1}
.good{fill:var(--good-fill)}.warn{fill:var(--warn-fill)}.quiet{fill:var(--quiet-fill)}.bad{fill:url(#bad)}.off{fill:none;stroke:var(--muted);stroke-dasharray:2 2}
text.good{fill:var(--good)}text.warn{fill:var(--ink)}text.quiet{fill:var(--quiet-ink)}text.bad{fill:var(--bad-ink);font-weight:600}text.off{stroke:none;fill:var(--muted)}
.fw{fill:var(--fault);opacity:.09}.fe{stroke:var(--fault);stroke-width:1;stroke-dasharray:3 2}
.fb{fill:var(--fault-fill);stroke:var(--fault)}text.fb{stroke:none;fill:var(--fault);font-weight:650}
.mk{stroke:var(--ink);stroke-width:1;stroke-dasharray:1 2;opacity:.65}.mkd{fill:var(--ink)}
.k0{fill:var(--k0)}.k1{fill:var(--k1)}.k2{fill:var(--k2)}.k3{fill:var(--k3)}.k4{fill:var(--k4)}.k5{fill:var(--k5)}
text.k0{fill:var(--k0-ink)}text.k1,text.k2,text.k3,text.k4,text.k5{fill:var(--k-ink)}
text.in{font-weight:600;font-size:12px}
.pb{fill:var(--bad-fill)}.pl{stroke:var(--bad-line);stroke-width:2}
.p0{fill:var(--p0)}.p1{fill:var(--p1)}.p2{fill:var(--p2)}.track{fill:var(--quiet-fill)}.lim{stroke:var(--ink);stroke-width:2.5}
.over{fill:url(#bad)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:12.5px;color:var(--muted);margin:8px 0 0;padding:0;list-style:none}
.legend svg{display:inline-block;width:14px;height:12px;min-width:0;vertical-align:-1px;margin-right:5px}
.falls td{padding:3px 10px 3px 0;border:0}.falls td:first-child{width:42%}.falls .n{width:90px}
.bar{position:relative;height:16px;background:var(--quiet-fill);border-radius:3px;min-width:160px}
.bar i{position:absolute;top:0;bottom:0;background:var(--p0);border-radius:3px;min-width:2px}
details>summary{cursor:pointer;color:var(--accent);font-size:13px;margin:8px 0}
section>details>summary.h{color:var(--ink);font-size:16px;font-weight:650;margin:0}
.log{font-size:12.5px}.log td{padding:2px 10px 2px 0}.log td:nth-child(4){min-width:260px}.log tr:target td{background:var(--warn-soft)}
.log .k{color:var(--muted)}.log a{color:inherit}
.filter{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin:10px 0;font-size:13px}
.filter[hidden],button[hidden]{display:none}
.src{margin:0;padding:10px 0;background:var(--bg);border:1px solid var(--line);border-radius:8px;overflow-x:auto;line-height:1.55;counter-reset:l}
.src span{display:block;padding:0 14px 0 0;white-space:pre;min-height:1.5em}
.src span::before{counter-increment:l;content:counter(l);display:inline-block;width:46px;margin-right:14px;text-align:right;color:var(--muted)}
.src span:target{background:var(--warn-soft)}
.cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 30px}
footer{color:var(--muted);font-size:12.5px;padding:4px 20px 30px;max-width:1240px;margin:0 auto}
@media (max-width:700px){section{padding:14px}main,.top{padding-left:10px;padding-right:10px}}
@media print{body{background:#fff}section{break-inside:avoid;border-color:#bbb}.theme,button,.filter{display:none!important}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
)css";

constexpr std::string_view kScript = R"js(
(function(){
var d=document;
d.querySelectorAll('button[data-copy]').forEach(function(b){b.hidden=false;b.addEventListener('click',function(){
var t=d.getElementById(b.dataset.copy).textContent;
function ok(){b.textContent='copied';setTimeout(function(){b.textContent='copy'},1500)}
if(navigator.clipboard)navigator.clipboard.writeText(t).then(ok,function(){});})});
var f=d.getElementById('filter');if(!f)return;f.hidden=false;
var q=f.querySelector('input[type=search]'),out=f.querySelector('output'),rows=[].slice.call(d.querySelectorAll('#log tr'));
var texts=rows.map(function(r){return r.textContent.toLowerCase()});
function run(){var on={},n=0;f.querySelectorAll('input[type=checkbox]').forEach(function(c){on[c.value]=c.checked});
var words=q.value.toLowerCase().split(/\s+/).filter(Boolean);
rows.forEach(function(r,i){var k=r.cells[1].textContent,s=on[k]!==false&&words.every(function(w){return texts[i].indexOf(w)>=0});r.hidden=!s;if(s)n++});
out.textContent=n+' of '+rows.length+' events'}
f.addEventListener('input',run);run();
})();
)js";

/// Stripes for what is bad, so that it shows without colour.
constexpr std::string_view kPatterns =
    "<svg aria-hidden=\"true\" "
    "style=\"position:absolute;width:0;height:0;min-width:0\"><defs><pattern id=\"bad\" "
    "width=\"7\" "
    "height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect "
    "class=\"pb\" width=\"7\" "
    "height=\"7\"/><path class=\"pl\" d=\"M0 0V7\"/></pattern></defs></svg>";

constexpr std::string_view kTheme =
    "<fieldset class=\"theme\" aria-label=\"Colours\"><label><input type=\"radio\" name=\"theme\" "
    "id=\"auto\" "
    "checked>auto</label><label><input type=\"radio\" name=\"theme\" "
    "id=\"light\">light</label><label><input type=\"radio\" "
    "name=\"theme\" id=\"dark\">dark</label></fieldset>";

}  // namespace

std::string escape(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (const char c : clean(text, keep_lines)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string page(std::string_view title, std::string_view body) {
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; "
      "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n";
  out +=
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<link rel=\"icon\" "
      "href=\"data:,\">\n";
  out += fmt::format("<title>{}</title>\n<style>\n", escape(title));
  out += fmt::format(":root{{color-scheme:light;{}}}\n", kLight);
  out += fmt::format(
      "@media "
      "(prefers-color-scheme:dark){{:root:not(:has(#light:checked)){{color-scheme:dark;{}}}}}\n",
      kDark);
  out += fmt::format(":root:has(#dark:checked){{color-scheme:dark;{}}}", kDark);
  out += kStyle;
  out += "</style></head>\n<body>";
  out += kPatterns;
  out += "<div class=\"top\"><span><b>spokelab</b> report</span>";
  out += kTheme;
  out += "</div>\n";
  out += body;
  out += "\n<script>";
  out += kScript;
  return out + "</script></body></html>\n";
}

std::string badge(Verdict verdict) {
  constexpr std::string_view kWords[] = {"✓ PASSED", "✗ FAILED", "? INCONCLUSIVE"};
  return fmt::format("<span class=\"badge {}\">{}</span>", name_of(verdict),
                     kWords[static_cast<std::size_t>(verdict)]);
}

std::string tenths(std::int64_t value) {
  const auto whole = value / 10;
  const auto rest = value % 10;
  if (rest == 0) return std::to_string(whole);
  return fmt::format("{}{}.{}", value < 0 && whole == 0 ? "-" : "", whole, rest < 0 ? -rest : rest);
}

}  // namespace spokelab::reports::html
