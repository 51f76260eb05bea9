// Cleaning, measuring and writing of text.
#include "reports/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/duration.h"

namespace spokelab::reports {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// The length of the UTF-8 character at the front, 0 when it is none; `code` becomes the code
/// point.
std::size_t character(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length == 0 || lead > 0xf4 || text.size() < length) return 0;
  code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[length] || code > 0x10ffff || surrogate ? 0 : length;
}

bool hidden(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
                     code == 0x200e || code == 0x200f || code == 0x061c;
  const bool breaks = code == 0x2028 || code == 0x2029;
  return control || turns || breaks || (code & 0xfffe) == 0xfffe ||
         (code >= 0xfdd0 && code <= 0xfdef);
}

}  // namespace

std::string clean(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t code = 0;
    const auto length = character(text, code);
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (code == '\n' || code == '\t' || code == '\r') {
      if (!keep_lines) {
        out += ' ';
      } else if (code != '\r') {
        out += static_cast<char>(code);
      }
    } else if (hidden(code)) {
      out += kReplacement;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

std::string pad(std::string text, std::size_t width) {
  const auto have = columns(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t width) {
  const auto have = columns(text);
  if (have < width) text.insert(0, width - have, ' ');
  return text;
}

namespace {

/// Bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && count-- == 0) break;
    ++at;
  }
  return at;
}

}  // namespace

std::string fit(std::string_view text, std::size_t width, std::string_view mark) {
  if (columns(text) <= width) return std::string(text);
  const auto room = width > columns(mark) ? width - columns(mark) : 0;
  std::string cut(text.substr(0, bytes_of(text, room)));
  while (!cut.empty() && cut.back() == ' ') cut.pop_back();
  return cut + std::string(mark);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  if (width == 0) width = 1;
  std::vector<std::string> lines;
  while (columns(text) > width) {
    const auto whole = bytes_of(text, width);
    auto blank = text.rfind(' ', whole);
    const bool found = blank != std::string_view::npos && blank > 0;
    lines.emplace_back(text.substr(0, found ? blank : whole));
    text.remove_prefix(found ? blank + 1 : whole);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::string_view first_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string grouped(std::int64_t number) {
  auto digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(number)), noun,
                     number == 1 ? "" : "s");
}

std::string pace_of(const Run& run) {
  const auto span = run.ended.time_since_epoch();
  auto text = "virtual " + format_duration(span);
  if (run.wall <= Nanos(0)) return text;
  text += " in " + format_duration(run.wall);
  const auto factor = span.count() / run.wall.count();
  if (factor >= 2) text += fmt::format(" ({}x)", grouped(factor));
  return text;
}

std::string text_of(const Place& place) {
  if (place.line <= 0) return "";
  return fmt::format("{}:{}:{}", clean(place.file), place.line, place.column);
}

std::string title_of(const Run& run) {
  const auto name = run.scenario.empty() ? std::string("(no name)") : clean(run.scenario);
  return run.variant.empty() ? name : fmt::format("{} ({})", name, clean(run.variant));
}

std::string measured_of(const Timing& timing) {
  return timing.measured ? format_duration(*timing.measured) : "never";
}

std::string margin_of(const Timing& timing) {
  if (!timing.limit || !timing.measured) return "";
  const auto left = *timing.limit - *timing.measured;
  if (left == Nanos(0)) return "nothing left";
  return left > Nanos(0) ? format_duration(left) + " left" : format_duration(-left) + " over";
}

std::vector<TimingPart> main_parts(const Timing& timing, std::size_t most) {
  const auto& parts = timing.parts;
  if (parts.size() <= most || most == 0) return parts;
  std::vector<std::size_t> order(parts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return parts[a].span > parts[b].span; });
  const std::set<std::size_t> kept(order.begin(),
                                   order.begin() + static_cast<std::ptrdiff_t>(most));
  std::vector<TimingPart> out;
  std::size_t joined = 0;
  const auto name = [&] {
    out.back().what = joined == 1 ? out.back().what : fmt::format("{} short steps", joined);
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (kept.contains(i)) {
      if (joined > 0) name();
      joined = 0;
      out.push_back(parts[i]);
    } else if (joined++ == 0) {
      out.push_back(parts[i]);
    } else {
      out.back().span += parts[i].span;
    }
  }
  if (joined > 0) name();
  return out;
}

std::string parts_of(const Timing& timing) {
  constexpr std::size_t kPartsMax = 5;
  std::string text;
  for (const auto& part : main_parts(timing, kPartsMax)) {
    if (!text.empty()) text += " + ";
    text += clean(part.what) + " " + format_duration(part.span);
  }
  return text;
}

namespace {

const Timing* timing_of(const Run& run, const std::string& fault, std::string_view name) {
  for (const auto& timing : run.timings) {
    if (timing.fault == fault && timing.name == name) return &timing;
  }
  return nullptr;
}

std::string fault_sentence(const Run& run, const FaultWindow& fault) {
  auto text = fmt::format("{} ({}{}{}) began at {}", clean(fault.name), clean(fault.what),
                          fault.scope.empty() ? "" : " ", clean(fault.scope),
                          format_run_time(*fault.start));
  std::vector<std::string> what;
  const auto add = [&](std::string_view name, std::string_view happened, std::string_view never) {
    const auto* timing = timing_of(run, fault.name, name);
    if (timing == nullptr) return;
    what.push_back(timing->measured
                       ? fmt::format(fmt::runtime(happened), format_duration(*timing->measured))
                       : std::string(never));
  };
  add("detection.hub", "the hub knew after {}", "the hub never knew");
  add("detection.alert", "somebody was told after {}", "nobody was told");
  const auto* failover = timing_of(run, fault.name, "failover");
  if (failover != nullptr && failover->measured == Nanos(0)) {
    what.push_back("no user noticed");
  } else {
    add("failover", "users were served again after {}",
        "users were not served again while it lasted");
  }
  const auto* order = timing_of(run, fault.name, "reconvergence");
  if (fault.end && order != nullptr && order->measured == Nanos(0)) {
    what.push_back("everything was in order when it ended");
  } else if (fault.end) {
    add("reconvergence", "everything was in order again {} after its end",
        "after its end not everything came into order again");
  }
  for (std::size_t i = 0; i < what.size(); ++i) {
    text += i == 0 ? "; " : i + 1 == what.size() ? " and " : ", ";
    text += what[i];
  }
  return text + ".";
}

}  // namespace

std::string sentence_of(const Run& run) {
  std::string text;
  std::size_t told = 0;
  for (const auto& fault : run.faults) {
    if (!fault.start || told == 2) continue;
    if (told++ > 0) text += " ";
    text += fault_sentence(run, fault);
  }
  if (run.faults.empty()) text = "No fault was played; everything was watched as it is.";
  if (run.faults.size() > told && told > 0) {
    text += fmt::format(" {} more.", counted(run.faults.size() - told, "fault"));
  }
  if (told == 0 && !run.faults.empty()) text = "No fault began.";
  if (run.verdict != Verdict::passed && !run.reasons.empty()) {
    text +=
        fmt::format(" {}: {}", run.verdict == Verdict::failed ? "It failed" : "It proves nothing",
                    clean(run.reasons.front()));
    if (text.back() != '.') text += '.';
  }
  return text;
}

}  // namespace spokelab::reports
