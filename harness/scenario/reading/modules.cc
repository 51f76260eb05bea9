// Expansion of `matrix`, `$name` and `use`.
#include "harness/scenario/reading/modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/reading/validate.h"

namespace spokelab::harness {

namespace {

/// Values by parameter name, and which of them were used.
struct Environment {
  std::map<std::string, YamlNode> values;
  std::set<std::string> used;
  std::set<std::string> broken;  ///< Declared, and without a value that can be used.

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, value] : values) out.push_back("$" + name);
    return out;
  }
};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Keys whose values are read further, so that $name may stand within them.
bool read_further(std::string_view key) {
  constexpr std::array<std::string_view, 9> kKeys{
      "always", "never", "eventually", "stable", "reached", "when", "after", "until", "between"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

/// Puts values where `$name` stands: as a whole plain value, as a key, within expressions.
class Substitution {
 public:
  Substitution(Environment& environment, Diagnostics& diagnostics)
      : environment_(environment), diagnostics_(diagnostics) {}

  void apply(YamlNode& node, std::string_view key) {
    if (node.is_scalar()) return apply_scalar(node, key);
    for (auto& item : node.items) apply(item, key);
    std::set<std::string> keys;
    for (auto& entry : node.entries) {
      if (const auto* value = named(entry.key, entry.key_quoted, entry.key_at))
        entry.key = value->text;
      if (!keys.insert(entry.key).second) {
        diagnostics_.error("SL1003", entry.key_at,
                           fmt::format("`{}` stands twice in this map", entry.key),
                           "two parameters have the same value here");
      }
      apply(entry.value, entry.key);
    }
  }

 private:
  const YamlNode* named(const std::string& text, bool quoted, Position at) {
    return !quoted && is_reference(text) ? value_of(text.substr(1), at) : nullptr;
  }

  static bool is_reference(const std::string& text) {
    return text.size() >= 2 && text[0] == '$' &&
           std::all_of(text.begin() + 1, text.end(), is_name_char);
  }

  const YamlNode* value_of(const std::string& name, Position at) {
    const auto known = environment_.values.find(name);
    if (known != environment_.values.end()) {
      environment_.used.insert(name);
      return &known->second;
    }
    if (environment_.broken.count(name) > 0) return nullptr;  // reported where it is declared
    const auto near = nearest("$" + name, environment_.names());
    diagnostics_.error(
        "SL2014", at, fmt::format("there is no parameter `${}`", name),
        near.empty() ? fmt::format("declare it in `matrix` or `parameters`, or quote \"${}\"", name)
                     : fmt::format("did you mean `{}`?", near));
    return nullptr;
  }

  void apply_scalar(YamlNode& node, std::string_view key) {
    if (const auto* value = named(node.text, node.quoted, node.at)) {
      node = *value;
      return;
    }
    if (is_reference(node.text) && !node.quoted) node.undeclared = true;
    constexpr std::size_t kTextMax = 4096;  // as an expression
    if (!read_further(key) || node.text.size() > kTextMax ||
        node.text.find('$') == std::string::npos)
      return;
    std::string out;
    for (std::size_t i = 0; i < node.text.size();) {
      std::size_t end = i + 1;
      while (node.text[i] == '$' && end < node.text.size() && is_name_char(node.text[end])) ++end;
      const YamlNode* value = nullptr;
      if (node.text[i] == '$') {
        // `agent-$victim-x`: the longest name that is declared.
        while (end > i + 1 &&
               environment_.values.count(node.text.substr(i + 1, end - i - 1)) == 0 &&
               node.text.find('-', i + 1) < end) {
          --end;
        }
        value = value_of(node.text.substr(i + 1, end - i - 1), node.at);
        if (value == nullptr) node.undeclared = true;
      }
      out += value != nullptr ? value->text : node.text.substr(i, end - i);
      i = std::max(end, i + 1);
    }
    node.text = std::move(out);
  }

  Environment& environment_;
  Diagnostics& diagnostics_;
};

YamlNode as_list(YamlNode node) {
  if (node.is_sequence()) return node;
  YamlNode list;
  list.kind = YamlNode::Kind::sequence;
  list.at = node.at;
  list.items.push_back(std::move(node));
  return list;
}

/// Puts entries of `from` into `into` where it has none; maps are merged, what `into` says wins.
void merge_maps(YamlNode& into, YamlNode&& from) {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < into.entries.size(); ++i) known.emplace(into.entries[i].key, i);
  for (auto& entry : from.entries) {
    const auto mine = known.find(entry.key);
    if (mine == known.end()) {
      into.entries.push_back(std::move(entry));
      continue;
    }
    auto& value = into.entries[mine->second].value;
    if (value.is_mapping() && entry.value.is_mapping()) merge_maps(value, std::move(entry.value));
  }
}

class Assembler {
 public:
  Assembler(Sources& sources, const LoadOptions& options, const Files& files,
            Diagnostics& diagnostics)
      : sources_(sources), options_(options), files_(files), diagnostics_(diagnostics) {}

  std::vector<Assembly> run(const YamlNode& tree) {
    const auto* matrix = tree.value("matrix");
    const auto before = diagnostics_.errors();
    if (matrix != nullptr) check(*matrix, "matrix");
    std::set<std::string> broken;
    if (diagnostics_.errors() > before) {
      for (const auto& entry : matrix->entries) broken.insert(entry.key);
      matrix = nullptr;
    }
    std::vector<Assembly> out;
    std::set<std::string> used;
    const auto* verdicts = tree.value("verdict");
    if (verdicts != nullptr) check(*verdicts, "verdict");
    for (auto& environment : combinations(matrix)) {
      if (!within_limit(size_of(tree), tree.at)) break;
      Assembly assembly;
      environment.broken = broken;
      assembly.variant = variant_of(matrix, environment);
      assembly.tree = tree;
      remove(assembly.tree, "matrix");
      remove(assembly.tree, "verdict");
      Substitution(environment, diagnostics_).apply(assembly.tree, "");
      take_modules(assembly.tree, 0);
      used.insert(environment.used.begin(), environment.used.end());
      out.push_back(std::move(assembly));
    }
    if (verdicts != nullptr) state_verdicts(*verdicts, out);
    if (nodes_ > kAssembledNodesMax) {
      out.resize(std::min<std::size_t>(out.size(), 1));  // enough to find what else is wrong
      return out;
    }
    for (std::size_t i = 0; matrix != nullptr && i < matrix->entries.size(); ++i) {
      const auto& entry = matrix->entries[i];
      if (used.count(entry.key) > 0) continue;
      diagnostics_.error("SL3013", entry.key_at,
                         fmt::format("`{}` of the matrix is never used", entry.key),
                         fmt::format("write ${} where its value belongs", entry.key));
    }
    return out;
  }

 private:
  static void remove(YamlNode& tree, std::string_view key) {
    auto& entries = tree.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const YamlEntry& entry) { return entry.key == key; }),
                  entries.end());
  }

  void check(const YamlNode& node, const std::string& path) {
    const KnownNames nobody;
    const ValidationContext context{sources_, files_, nobody, options_, diagnostics_};
    validate(node, *schema_at(path), path, context);
  }

  /// Counts what is copied; false once it is too much.
  bool within_limit(std::size_t nodes, Position at) {
    nodes_ += nodes;
    if (nodes_ <= kAssembledNodesMax) return true;
    diagnostics_.error(
        "SL1004", at,
        fmt::format("matrix and modules make more than {} values", kAssembledNodesMax),
        "make the file or its matrix smaller");
    return false;
  }

  std::vector<Environment> combinations(const YamlNode* matrix) {
    std::vector<Environment> out(1);
    if (matrix == nullptr) return out;
    for (const auto& entry : matrix->entries) {
      auto values = as_list(entry.value).items;
      if (out.size() * values.size() > kMatrixCasesMax) {
        diagnostics_.error("SL2005", entry.key_at,
                           fmt::format("the matrix has more than {} combinations", kMatrixCasesMax),
                           "split it in two scenarios");
        // One combination is enough to find what else is wrong.
        out.resize(1);
        values.resize(1);
      }
      std::vector<Environment> next;
      for (const auto& environment : out) {
        for (const auto& value : values) {
          next.push_back(environment);
          next.back().values[entry.key] = value;
        }
      }
      out = std::move(next);
    }
    return out;
  }

  static std::string variant_of(const YamlNode* matrix, const Environment& environment) {
    std::string out;
    if (matrix == nullptr) return out;
    for (const auto& entry : matrix->entries) {
      const auto value = environment.values.find(entry.key);
      if (value == environment.values.end()) continue;
      out += fmt::format("{}{}={}", out.empty() ? "" : ",", entry.key, value->second.text);
    }
    return out;
  }

  /// "a=1,b=2" as its parts.
  static std::set<std::string> parts_of(std::string_view variant) {
    std::set<std::string> out;
    while (!variant.empty()) {
      const auto comma = variant.find(',');
      out.insert(std::string(variant.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      variant.remove_prefix(comma + 1);
    }
    return out;
  }

  /// Gives each assembly the verdict that `verdict` states for it.
  void state_verdicts(const YamlNode& verdicts, std::vector<Assembly>& assemblies) {
    std::vector<std::size_t> particular(assemblies.size(), 0);
    for (const auto& entry : verdicts.entries) {
      const auto wanted = parts_of(entry.key);
      bool any = false;
      for (std::size_t i = 0; i < assemblies.size(); ++i) {
        const auto given = parts_of(assemblies[i].variant);
        if (wanted.empty() ||
            !std::includes(given.begin(), given.end(), wanted.begin(), wanted.end()))
          continue;
        any = true;
        if (wanted.size() < particular[i]) continue;
        particular[i] = wanted.size();
        assemblies[i].verdict = entry.value.text;
      }
      if (any) continue;
      diagnostics_.error("SL3013", entry.key_at,
                         fmt::format("`{}` is no combination of the matrix", entry.key),
                         assemblies.empty() || assemblies.front().variant.empty()
                             ? "verdicts are stated for values of a `matrix`, as NAME=VALUE"
                             : fmt::format("one is {}", assemblies.back().variant));
    }
  }

  void take_modules(YamlNode& tree, std::size_t depth) {
    const auto* use = tree.value("use");
    if (use == nullptr) return;
    const YamlNode uses = as_list(*use);
    const auto before = diagnostics_.errors();
    check(*use, "use");
    remove(tree, "use");
    if (diagnostics_.errors() > before) return;
    if (depth >= kModuleDepthMax) {
      diagnostics_.error("SL2015", uses.at,
                         fmt::format("modules use modules more than {} deep", kModuleDepthMax),
                         "join some of them");
      return;
    }
    for (const auto& item : uses.items) take_module(tree, item, depth);
  }

  void take_module(YamlNode& tree, const YamlNode& use, std::size_t depth) {
    const auto* file = use.value("file");
    if (file == nullptr || uses_itself(*file)) return;
    const auto* read = read_module(*file);
    if (read == nullptr || !within_limit(size_of(*read), use.at)) return;
    chain_.push_back(normal(resolve_path(sources_, file->at.file, file->text)));
    YamlNode module = *read;
    auto environment = parameters_of(module, use);
    for (const std::string_view key : {"module", "because", "parameters"}) remove(module, key);
    Substitution(environment, diagnostics_).apply(module, "");
    take_modules(module, depth + 1);
    chain_.pop_back();
    merge(tree, std::move(module), use);
  }

  static std::string normal(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
  }

  /// Reports a module that is being taken in already.
  bool uses_itself(const YamlNode& file) {
    const auto path = normal(resolve_path(sources_, file.at.file, file.text));
    const auto first = std::find(chain_.begin(), chain_.end(), path);
    if (first == chain_.end()) return false;
    std::vector<std::string> between(first + 1, chain_.end());
    diagnostics_.error(
        "SL2015", file.at,
        between.empty() ? fmt::format("{} uses itself", path)
                        : fmt::format("{} uses itself, through {}", path, fmt::join(between, ", ")),
        "take one `use` of this circle out");
    return true;
  }

  /// The module's tree, read once; nullptr when it cannot be used.
  const YamlNode* read_module(const YamlNode& file) {
    const auto path = resolve_path(sources_, file.at.file, file.text);
    if (const auto known = modules_.find(path); known != modules_.end()) {
      return known->second ? &*known->second : nullptr;
    }
    auto& slot = modules_[path];
    const auto text = files_.read(path);
    if (!text) {
      diagnostics_.error("SL3006", file.at, fmt::format("there is no module {}", path),
                         fmt::format("paths are relative to {}", sources_.path(file.at.file)));
      return nullptr;
    }
    const auto index = sources_.add(path, *text);
    auto tree = parse_yaml_tree(sources_, index, diagnostics_);
    if (!tree) return nullptr;
    if (!tree->is_mapping() || tree->value("module") == nullptr) {
      diagnostics_.error("SL2015", tree->at, fmt::format("{} is no module", path),
                         "a module begins with `module: NAME`");
      return nullptr;
    }
    const auto before = diagnostics_.errors();
    for (const auto& entry : tree->entries) check_module_key(entry);
    if (diagnostics_.errors() > before) return nullptr;
    slot = std::move(*tree);
    return &*slot;
  }

  void check_module_key(const YamlEntry& entry) {
    constexpr std::array<std::string_view, 7> kScenarioOnly{
        "scenario", "seed", "lasts", "settle", "matrix", "verdict", "control"};
    if (std::find(kScenarioOnly.begin(), kScenarioOnly.end(), entry.key) != kScenarioOnly.end()) {
      diagnostics_.error("SL2015", entry.key_at,
                         fmt::format("`{}` belongs in the scenario, not in a module", entry.key),
                         "move it there");
    }
    if (entry.key == "module" || entry.key == "parameters" || entry.key == "because")
      check(entry.value, entry.key);
  }

  Environment parameters_of(const YamlNode& module, const YamlNode& use) {
    Environment out;
    const auto* parameters = module.value("parameters");
    const auto* with = use.value("with");
    std::vector<std::string> names;
    if (parameters != nullptr) {
      for (const auto& entry : parameters->entries) {
        names.push_back(entry.key);
        const auto* given = with == nullptr ? nullptr : with->value(entry.key);
        if (given == nullptr) given = entry.value.value("default");
        if (given == nullptr) {
          out.broken.insert(entry.key);
          diagnostics_.error("SL2015", use.at,
                             fmt::format("the module needs a value for `{}`", entry.key),
                             fmt::format("add `with: {{{}: ...}}`", entry.key));
          continue;
        }
        check_parameter(entry, *given);
        out.values[entry.key] = *given;
      }
    }
    if (with == nullptr) return out;
    for (const auto& entry : with->entries) {
      if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
      const auto near = nearest(entry.key, names);
      diagnostics_.error("SL2015", entry.key_at,
                         fmt::format("the module has no parameter `{}`", entry.key),
                         near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
    return out;
  }

  void check_parameter(const YamlEntry& parameter, const YamlNode& value) {
    const auto* declared = parameter.value.value("type");
    if (declared == nullptr || !value.is_scalar()) return;
    for (int i = 0; i <= static_cast<int>(Type::file_change); ++i) {
      const auto type = static_cast<Type>(i);
      if (name_of(type) != declared->text) continue;
      Field field;
      field.path = "parameters/*/default";
      field.type = type;
      std::optional<ScalarProblem> problem;
      const auto draw = draw_of(field, value, problem);
      const auto texts = draw ? draw->options : std::vector<std::string>{value.text};
      for (const auto& text : texts) {
        if (!problem) problem = check_scalar(type, parameter.key, text, value.quoted, "", {});
      }
      if (problem) diagnostics_.error(problem->code, value.at, problem->message, problem->fix);
      return;
    }
  }

  void merge(YamlNode& tree, YamlNode module, const YamlNode& use) {
    for (auto& entry : module.entries) {
      auto* known = tree.find(entry.key);
      if (known == nullptr) {
        tree.entries.push_back(std::move(entry));
      } else if (entry.key == "steps" || entry.key == "expect") {
        auto mine = as_list(std::move(known->value));
        auto theirs = as_list(std::move(entry.value));
        for (auto& item : theirs.items) mine.items.push_back(std::move(item));
        known->value = std::move(mine);
      } else if (entry.value.is_mapping() && known->value.is_mapping()) {
        if (entry.key == "faults") report_same_faults(known->value, entry.value, use);
        merge_maps(known->value, std::move(entry.value));
      }
    }
  }

  void report_same_faults(const YamlNode& mine, const YamlNode& theirs, const YamlNode& use) {
    std::map<std::string, Position> known_faults;
    for (const auto& entry : mine.entries) known_faults.emplace(entry.key, entry.key_at);
    for (const auto& entry : theirs.entries) {
      const auto known = known_faults.find(entry.key);
      if (known == known_faults.end()) continue;
      diagnostics_.add(Diagnostic{Severity::error, "SL3016", use.at,
                                  fmt::format("this module brings a second fault `{}`", entry.key),
                                  "let a parameter name the fault", known->second, "the first"});
    }
  }

  Sources& sources_;
  const LoadOptions& options_;
  const Files& files_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::optional<YamlNode>> modules_;
  std::vector<std::string> chain_;  ///< The modules that are being taken in, the outermost first.
  std::size_t nodes_ = 0;
};

}  // namespace

std::vector<Assembly> assemble(const YamlNode& tree, Sources& sources, const LoadOptions& options,
                               const Files& files, Diagnostics& diagnostics) {
  return Assembler(sources, options, files, diagnostics).run(tree);
}

}  // namespace spokelab::harness
