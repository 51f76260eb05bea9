// Sprig: fitting texts into a width.
#include <algorithm>

#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

/// goutils.AbbreviateFull.
std::string abbreviate(const std::string& text, std::int64_t offset, std::int64_t width) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (size <= width || width < 4) return text;
  offset = std::min(offset, size);
  if (size - offset < width - 3) offset = size - (width - 3);
  const auto cut = [&](std::int64_t from, std::int64_t length) {
    return text.substr(static_cast<std::size_t>(from),
                       static_cast<std::size_t>(std::max<std::int64_t>(length, 0)));
  };
  if (offset <= 4) return cut(0, width - 3) + "...";
  if (width < 7) return text;
  if (offset + width - 3 < size) return "..." + abbreviate(cut(offset, size), 0, width - 3);
  return "..." + cut(size - (width - 3), size);
}

/// goutils.WrapCustom.
std::string wrap(std::string_view text, std::int64_t length, std::string_view newline,
                 bool long_words) {
  if (newline.empty()) newline = "\n";
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(length, 1));
  std::string out;
  std::size_t offset = 0;
  while (text.size() - offset > width) {
    if (text[offset] == ' ') {
      ++offset;
      continue;
    }
    const std::size_t end = offset + width + 1;
    std::size_t space = text.substr(0, std::min(end, text.size())).rfind(' ');
    if (space != std::string_view::npos && space >= offset && space > 0) {
      out.append(text, offset, space - offset).append(newline);
      offset = space + 1;
    } else if (long_words) {
      out.append(text, offset, width).append(newline);
      offset += width;
    } else {
      space = text.find(' ', offset + width);
      if (space == std::string_view::npos) break;
      out.append(text, offset, space - offset).append(newline);
      offset = space + 1;
    }
  }
  return out.append(text, offset, std::string_view::npos);
}

}  // namespace

void add_sprig_wrapping(FunctionTable& table) {
  table.add("abbrev", "is", [](Call& c) {
    return c.whole(0) < 4 ? c[1] : Value(abbreviate(c.text(1), 0, c.whole(0)));
  });
  table.add("abbrevboth", "iis", [](Call& c) {
    const bool whole = c.whole(1) < 4 || (c.whole(0) > 0 && c.whole(1) < 7);
    return whole ? c[2] : Value(abbreviate(c.text(2), c.whole(0), c.whole(1)));
  });
  table.add("wrap", "is",
            [](Call& c) { return text_result(c, wrap(c.text(1), c.whole(0), "", false)); });
  table.add("wrapWith", "iss", [](Call& c) {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(c.whole(0), 1));
    const std::size_t lines = c.text(2).size() / width + 1;
    if (!c.runtime.allow_bytes(c.text(2).size() + lines * c.text(1).size())) return Value();
    return text_result(c, wrap(c.text(2), c.whole(0), c.text(1), true));
  });
}

}  // namespace spokelab::hub::gotemplate
