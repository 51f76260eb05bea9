// What a container does that its command tells plainly; and the full names of images.
#include "fakeapi/cluster/nodes/command.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

using Words = std::vector<std::string>;

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Simple statements of a shell script; false where it holds more than that.
bool split_script(const std::string& text, std::vector<Words>& statements) {
  Words words;
  std::string word;
  char quote = 0;
  bool any = false;
  const auto end_word = [&] {
    if (any) words.push_back(std::exchange(word, ""));
    any = false;
  };
  const auto end_statement = [&] {
    end_word();
    if (!words.empty()) statements.push_back(std::exchange(words, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quote != 0) {
      if (letter == quote) {
        quote = 0;
      } else {
        word += letter;
      }
    } else if (letter == '\'' || letter == '"') {
      quote = letter;
      any = true;
    } else if (letter == ' ' || letter == '\t') {
      end_word();
    } else if (letter == ';' || letter == '\n') {
      end_statement();
    } else if (letter == '&' && i + 1 < text.size() && text[i + 1] == '&') {
      ++i;
      end_statement();
    } else if (std::string_view("&|<>`(){}\\#*").find(letter) != std::string_view::npos) {
      return false;
    } else {
      word += letter;
      any = true;
    }
  }
  end_statement();
  return quote == 0;
}

std::optional<Nanos> sleep_time(const std::string& text) {
  if (text == "infinity" || text == "inf") return Nanos::max();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value >= 0)) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double seconds = unit.empty() || unit == "s" ? value
                         : unit == "m"               ? value * 60
                         : unit == "h"               ? value * 3600
                         : unit == "d"               ? value * 86'400
                                                     : -1;
  if (seconds < 0) return std::nullopt;
  if (seconds > 1e9) return Nanos::max();
  return Nanos{static_cast<std::int64_t>(seconds * 1e9)};
}

/// What echo and printf print of their words; escapes of printf but a last \n stay as they are.
std::string text_of(const Words& words) {
  std::string text;
  bool options = base_name(words[0]) == "echo";
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (options && (words[i] == "-n" || words[i] == "-e")) continue;
    options = false;
    text += (text.empty() ? "" : " ") + words[i];
  }
  if (text.ends_with("\\n")) text.resize(text.size() - 2);
  return text;
}

/// Adds one statement to the script. False: it is not a plain one. `over`: nothing follows it.
bool add(const Words& words, Script& script, bool& over) {
  const std::string name = base_name(words[0]);
  if (name == "echo" || name == "printf" || name == "date" || name == ":" || name == "true") {
    script.exit_code = 0;
    if (name != ":" && name != "true")
      script.printed.push_back({script.lasts, text_of(words), name == "date"});
    return true;
  }
  if (name == "false") {
    script.exit_code = 1;
    return true;
  }
  if (name == "exit") {
    int code = script.exit_code;
    if (words.size() > 1) {
      const auto [end, error] =
          std::from_chars(words[1].data(), words[1].data() + words[1].size(), code);
      if (error != std::errc{} || end != words[1].data() + words[1].size()) return false;
    }
    script.exit_code = code & 255;
    over = true;
    return true;
  }
  if (name != "sleep" || words.size() != 2) return false;
  const auto time = sleep_time(words[1]);
  if (!time) return false;
  script.exit_code = 0;
  over = *time == Nanos::max();
  script.lasts = over ? Nanos::max() : script.lasts + *time;
  return true;
}

}  // namespace

std::optional<Script> script_of(const Json& container) {
  Words words;
  for (const std::string_view member : {"command", "args"}) {
    for (const Json& word : array_at(container, {member})) {
      if (!word.is_string()) return std::nullopt;
      words.push_back(word.get<std::string>());
    }
  }
  // Arguments alone go to an entry point that is not known here.
  if (words.empty() || array_at(container, {"command"}).empty()) return std::nullopt;
  std::vector<Words> statements;
  const std::string name = base_name(words[0]);
  if (name == "sh" || name == "bash" || name == "ash") {
    if (words.size() < 3 || !words[1].starts_with("-") || !words[1].ends_with("c"))
      return std::nullopt;
    if (!split_script(words[2], statements)) return std::nullopt;
  } else {
    statements.push_back(words);
  }
  Script script;
  bool over = false;
  for (const Words& statement : statements) {
    if (!add(statement, script, over)) return std::nullopt;
    if (over) break;
  }
  return script;
}

std::string full_image_name(const std::string& image) {
  const std::size_t slash = image.find('/');
  std::string name = image;
  const std::string host = slash == std::string::npos ? "" : image.substr(0, slash);
  const bool has_host = host.find_first_of(".:") != std::string::npos || host == "localhost";
  if (!has_host)
    name = slash == std::string::npos ? "docker.io/library/" + image : "docker.io/" + image;
  const std::size_t last = name.rfind('/');
  if (name.find('@') == std::string::npos && name.find(':', last) == std::string::npos)
    name += ":latest";
  return name;
}

std::string image_name_problem(const std::string& image) {
  // github.com/distribution/reference: domain, path, tag, digest.
  static const RE2 kReference(
      R"((?:(?:(?:[[:alnum:]](?:[[:alnum:]-]*[[:alnum:]])?)(?:\.[[:alnum:]](?:[[:alnum:]-]*)"
      R"([[:alnum:]])?)*(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)/)?)"
      R"([a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
      R"((?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*)"
      R"(:[0-9a-fA-F]{32,})?)",
      RE2::Quiet);
  if (image.empty() || RE2::FullMatch(image, kReference)) return "";
  const std::size_t tag = image.find_first_of(":@", image.rfind('/') + 1);
  const std::string name = image.substr(0, tag);
  std::string small = name;
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string path = full_image_name(name + ":x");
  path = path.substr(path.find('/') + 1);
  path.resize(path.size() - 2);
  const std::string rest = tag == std::string::npos ? "" : image.substr(tag);
  if (small == name || !RE2::FullMatch(small + rest, kReference)) return "invalid reference format";
  return fmt::format("invalid reference format: repository name ({}) must be lowercase", path);
}

}  // namespace spokelab::fakeapi
