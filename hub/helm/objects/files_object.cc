// .Files: what of a chart has no other place.
#include <re2/re2.h>

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/runtime.h"
#include "hub/helm/objects.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

std::shared_ptr<const Object> shared(std::shared_ptr<const Object> object) { return object; }

/// gobwas/glob with "/" as the separator, as a regular expression.
std::string glob_to_regex(std::string_view glob) {
  std::string out;
  int braces = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '*') {
      const bool twice = i + 1 < glob.size() && glob[i + 1] == '*';
      out += twice ? ".*" : "[^/]*";
      if (twice) ++i;
    } else if (c == '?') {
      out += "[^/]";
    } else if (c == '[' || c == ']') {
      out += c;
      if (c == '[' && i + 1 < glob.size() && glob[i + 1] == '!') {
        out += '^';
        ++i;
      }
    } else if (c == '{') {
      ++braces;
      out += "(?:";
    } else if (c == '}' && braces > 0) {
      --braces;
      out += ')';
    } else if (c == ',' && braces > 0) {
      out += '|';
    } else if (c == '\\' && i + 1 < glob.size()) {
      out += re2::RE2::QuoteMeta(re2::StringPiece(&glob[++i], 1));
    } else if (c == '-') {
      out += c;
    } else {
      out += re2::RE2::QuoteMeta(re2::StringPiece(&glob[i], 1));
    }
  }
  return out;
}

class Files final : public Object {
 public:
  explicit Files(std::map<std::string, FileRef> files) : files_(std::move(files)) {}
  std::string type_name() const override { return "engine.files"; }
  std::string_view kind_name() const override { return "map"; }
  std::optional<Value> get(std::string_view name) const override {
    const auto hit = files_.find(std::string(name));
    return hit == files_.end() ? Value::bytes("") : Value::bytes(*hit->second);
  }
  int method_arity(std::string_view name) const override {
    if (name == "Get" || name == "GetBytes" || name == "Glob" || name == "Lines") return 1;
    return name == "AsConfig" || name == "AsSecrets" ? 0 : -1;
  }
  Value call(Runtime& runtime, std::string_view name, std::vector<Value> args) const override {
    if (name == "AsConfig" || name == "AsSecrets") return Value(as_text(name == "AsSecrets"));
    const std::string& path = args[0].text();
    if (name == "Glob") return Value(shared(std::make_shared<Files>(glob(runtime, path))));
    const auto hit = files_.find(path);
    const std::string text = hit == files_.end() ? "" : *hit->second;
    if (name == "Get") return text;
    if (name == "GetBytes") return Value::bytes(text);
    // Helm cuts an empty last line off without a look at whether there is a line.
    if (hit != files_.end() && text.empty())
      return runtime.fail("runtime error: index out of range [-1]");
    return lines(text);
  }
  std::string print() const override { return gotemplate::print(underlying()); }
  Value underlying() const override {
    Map::Entries out;
    for (const auto& [path, text] : files_) out.emplace_hint(out.end(), path, Value::bytes(*text));
    return make_map(std::move(out));
  }
  bool truth() const override { return !files_.empty(); }

 private:
  std::map<std::string, FileRef> glob(Runtime& runtime, const std::string& pattern) const {
    if (!runtime.spend(static_cast<std::int64_t>(pattern.size() + files_.size()))) return {};
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    const re2::RE2 re(glob_to_regex(pattern), options);
    if (!re.ok()) return files_;
    // Matching takes the longer the longer the pattern is.
    const auto matching = static_cast<std::int64_t>(files_.size()) * (re.ProgramSize() / 64);
    if (!runtime.spend(re.ProgramSize() / 16 + matching)) return {};
    std::map<std::string, FileRef> out;
    for (const auto& [path, text] : files_) {
      if (re2::RE2::FullMatch(path, re)) out.emplace(path, text);
    }
    return out;
  }
  std::string as_text(bool secret) const {
    JsonMembers out;
    for (const auto& [path, text] : files_)
      out.emplace_back(path.substr(path.rfind('/') + 1),
                       secret ? base64(*text) : yaml::to_utf8(*text));
    std::string yaml = to_yaml(json_object(std::move(out)));
    if (yaml.ends_with('\n')) yaml.pop_back();
    return yaml;
  }
  static Value lines(std::string_view text) {
    std::vector<std::string> out;
    if (text.empty()) return make_strings(out);
    if (text.ends_with('\n')) text.remove_suffix(1);
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      out.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
    return make_strings(out);
  }

  std::map<std::string, FileRef> files_;
};

}  // namespace

Value files_object(const std::map<std::string, FileRef>& files) {
  return Value(shared(std::make_shared<Files>(files)));
}

}  // namespace spokelab::hub::helm
