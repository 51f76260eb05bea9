#include "harness/shrink/shrinker.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/scenario/tree/removal.h"
#include "harness/scenario/tree/walk.h"
#include "harness/shrink/pieces.h"
#include "harness/shrink/simpler.h"

namespace spokelab::harness {

namespace {

/// Rounds over everything; each but the last has made the text smaller.
constexpr int kRoundsMax = 8;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// One way to be smaller: a tree, and what it does without.
struct Candidate {
  YamlNode tree;
  std::string words;
};

class Shrinker {
 public:
  Shrinker(const std::string& text, const ShrinkSettings& settings) : settings_(settings) {
    auto loaded = load_scenario_text(settings.path, text, settings.load);
    Diagnostics ignored;
    auto tree = parse_yaml_tree(*loaded.sources, 0, ignored);
    if (!loaded.ok() || !tree) {
      best_.text = text;
      return;
    }
    best_ = Mended{text, std::move(*tree), loaded.sources};
    usable_ = true;
  }

  Shrunk run() {
    Shrunk out;
    if (usable_) {
      report("");
      bool smaller = true;
      for (int round = 0; smaller && round < kRoundsMax && !over_; ++round) {
        smaller = false;
        for (const auto group : kPieceGroups) smaller |= remove_pieces(group);
        smaller |= simplify_values();
      }
      out.complete = !over_ && !smaller;
    }
    out.text = best_.text;
    out.runs = runs_;
    return out;
  }

 private:
  bool enough() {
    const bool late = settings_.out_of_time && settings_.out_of_time();
    over_ = over_ || late || runs_ >= settings_.runs_max;
    return over_;
  }
  /// How many may be played together.
  std::size_t batch_size() const {
    return std::clamp<std::size_t>(settings_.together, 1,
                                   std::max<std::size_t>(1, settings_.runs_max - runs_));
  }

  void report(const std::string& done) const {
    if (settings_.progress) settings_.progress({runs_, lines_of(best_.text), done});
  }

  /// Tries candidates in their order, and takes the first that still fails. Its index; nullopt:
  /// none.
  std::optional<std::size_t> take_first(const std::vector<Candidate>& candidates, bool may_remove) {
    struct Waiting {
      std::size_t index;
      Mended mended;
    };
    std::vector<Waiting> batch;
    const auto play = [&]() -> std::optional<std::size_t> {
      if (batch.empty() || enough()) return std::nullopt;
      std::vector<std::string> texts;
      for (const auto& one : batch) texts.push_back(one.mended.text);
      const auto answers = settings_.fails(texts);
      for (std::size_t i = 0; i < batch.size() && i < answers.size(); ++i) {
        // What was played beside an earlier candidate that helps is not counted, so that the count
        // does not depend on how many are played together.
        ++runs_;
        if (!answers[i]) {
          fine_.insert(batch[i].mended.text);
          continue;
        }
        const auto index = batch[i].index;
        best_ = std::move(batch[i].mended);
        report(candidates[index].words);
        return index;
      }
      batch.clear();
      return std::nullopt;
    };
    for (std::size_t i = 0; i < candidates.size() && !enough(); ++i) {
      auto mended =
          mend(candidates[i].tree, *best_.sources, settings_.path, settings_.load, may_remove);
      if (!mended || mended->text == best_.text || fine_.contains(mended->text)) continue;
      const bool twice = std::any_of(batch.begin(), batch.end(), [&](const Waiting& one) {
        return one.mended.text == mended->text;
      });
      if (twice) continue;
      batch.push_back({i, std::move(*mended)});
      if (batch.size() < batch_size()) continue;
      if (const auto found = play()) return found;
    }
    return play();
  }

  std::vector<std::string> wanted_pieces(PieceGroup group) const {
    auto pieces = pieces_of(best_.tree, group);
    if (group == PieceGroup::options && settings_.keep_strength) {
      std::erase_if(pieces, [](const std::string& piece) {
        return piece.starts_with("faults.") && !piece.ends_with(".because");
      });
    }
    return pieces;
  }

  Candidate without_pieces(const std::vector<std::string>& pieces, PieceGroup group) const {
    std::string words;
    if (pieces.size() == 1) {
      words = "without " + pieces.front();
    } else {
      words = fmt::format("without {} {}", pieces.size(), name_of(group));
    }
    if (group == PieceGroup::faults) {
      constexpr std::string_view kAbove = "faults.";
      std::set<std::string> names;
      for (const auto& piece : pieces) names.insert(piece.substr(kAbove.size()));
      std::vector<std::string> gone;
      return {without_faults(best_.tree, names, gone), std::move(words)};
    }
    return {without(best_.tree, {pieces.begin(), pieces.end()}), std::move(words)};
  }

  /// Takes pieces away in ever smaller runs of neighbours: all, halves, quarters, ... single ones.
  bool remove_pieces(PieceGroup group) {
    bool helped = false;
    auto pieces = wanted_pieces(group);
    std::size_t size = pieces.size();
    std::size_t from = 0;  // pieces before it are known to be needed at this size
    while (size > 0 && !over_) {
      std::vector<Candidate> candidates;
      std::vector<std::size_t> begins;
      for (std::size_t at = from; at < pieces.size(); at += size) {
        const auto end = std::min(at + size, pieces.size());
        candidates.push_back(without_pieces({pieces.begin() + static_cast<std::ptrdiff_t>(at),
                                             pieces.begin() + static_cast<std::ptrdiff_t>(end)},
                                            group));
        begins.push_back(at);
      }
      if (const auto taken = take_first(candidates, true)) {
        helped = true;
        from = begins[*taken];
        pieces = wanted_pieces(group);
        from = std::min(from, pieces.size());
        size = std::min(size, std::max<std::size_t>(pieces.size(), 1));
        if (pieces.empty()) break;
        continue;
      }
      from = 0;
      size /= 2;
    }
    return helped;
  }

  struct Value {
    std::string path;
    std::vector<std::string> simpler;
  };

  /// Values that are no part of what is asserted.
  std::vector<Value> values() {
    std::vector<Value> out;
    walk_values(best_.tree, [&](YamlNode& node, const SchemaNode& schema, const std::string& path) {
      const bool asserted =
          path.starts_with("expect") || path.starts_with("limits.") || path.starts_with("budgets.");
      if (asserted || path == "settle" || path == "seed") return;
      const bool strength =
          settings_.keep_strength && schema.path.starts_with("faults/*/") && schema.name != "at";
      auto simpler = strength ? rounder_values(*schema.field, node.text)
                              : simpler_values(*schema.field, node.text);
      if (!simpler.empty()) out.push_back({path, std::move(simpler)});
    });
    return out;
  }

  YamlNode with_value(const std::string& wanted, const std::string& text) const {
    YamlNode tree = best_.tree;
    walk_values(tree, [&](YamlNode& node, const SchemaNode&, const std::string& path) {
      if (path == wanted) node.text = text;
    });
    return tree;
  }

  bool simplify_values() {
    bool helped = false;
    // Simplifying one value never adds or removes another.
    for (const auto& value : values()) {
      // The simplest that will do, as if what is simple enough to fail were followed by nothing but
      // such; the one taken in the end was played.
      std::size_t low = 0;
      std::size_t high = value.simpler.size();
      while (low < high && !over_) {
        const auto middle = low == 0 && high == value.simpler.size() ? 0 : (low + high) / 2;
        const std::vector<Candidate> one{
            {with_value(value.path, value.simpler[middle]),
             fmt::format("with {} = {}", value.path, value.simpler[middle])}};
        if (take_first(one, false)) {
          helped = true;
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      if (over_) break;
    }
    return helped;
  }

  const ShrinkSettings& settings_;
  Mended best_;
  bool usable_ = false;
  bool over_ = false;
  std::size_t runs_ = 0;
  std::set<std::string> fine_;  // texts that did not fail
};

}  // namespace

Shrunk shrink_scenario(const std::string& text, const ShrinkSettings& settings) {
  return Shrinker(text, settings).run();
}

}  // namespace spokelab::harness
