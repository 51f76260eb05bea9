#include "harness/judge/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/duration.h"

namespace spokelab::harness {

namespace {

using Word = Expectation::Word;
using reports::Verdict;

std::string written(const Expectation& spec) {
  std::string text = fmt::format("{}: {}", name_of(spec.word), spec.condition->text());
  if (spec.within) text += fmt::format(" within {}", format_duration(*spec.within));
  if (spec.lasts) text += fmt::format(" for {}", format_duration(*spec.lasts));
  const auto event = [](const EventTime& time) {
    return time.plus > Nanos(0) ? fmt::format("{} + {}", time.event, format_duration(time.plus))
                                : time.event;
  };
  if (spec.after.event != "start" || spec.after.plus > Nanos(0))
    text += " after " + event(spec.after);
  if (spec.until.event != "end" && !spec.until.event.empty()) text += " until " + event(spec.until);
  return text;
}

/// Whether the value grows by itself, without an event.
bool is_lag(const NameUse& use) {
  return use.value != nullptr && use.value->pattern.find(".lag") != std::string_view::npos;
}

}  // namespace

reports::Place place_of(const Position& at, const Sources& sources) {
  if (at.line == 0) return {};
  return reports::Place{sources.path(at.file), static_cast<int>(at.line),
                        static_cast<int>(at.column)};
}

Expectations::Expectations(const std::vector<Expectation>& specs) {
  for (const auto& spec : specs) {
    watches_.push_back(Watch{&spec, {}, {}, false, false, {}, {}, 0, {}, {}, {}});
    const auto& names = spec.condition->names();
    if (std::any_of(names.begin(), names.end(), [](const NameUse& use) { return is_lag(use); }))
      watches_.back().spans = spec.condition->spans();
  }
}

void Expectations::begin(RunTime now) { happened("start", now); }

void Expectations::happened(const std::string& event, RunTime at) {
  for (auto& watch : watches_) {
    const auto& spec = *watch.spec;
    const auto after = spec.after.event.empty() ? std::string("start") : spec.after.event;
    if (after == event && !watch.opens) {
      watch.opens = at + spec.after.plus;
      if (spec.within) watch.closes = *watch.opens + *spec.within;
    }
    // `eventually` has a deadline and no `until`: the run's end may cut it short, which decides
    // nothing.
    const bool ends = spec.until.event == event && spec.word != Word::eventually;
    if (ends && !(watch.closes && *watch.closes <= at + spec.until.plus)) {
      watch.closes = at + spec.until.plus;
    }
  }
}

void Expectations::apply(const Event& event) {
  if (event.at > instant_) {
    settle();
    pass_time(event.at);
    instant_ = event.at;
  }
  const auto changed = board_.apply(event);
  if (event.kind == EventKind::fault) {
    const auto dot = event.subject.find('.');
    const auto name = event.subject.substr(dot + 1);
    if (event.value == "active" || event.value == "done") happened(name + ".start", event.at);
    if (event.value == "healed" || event.value == "done") happened(name + ".end", event.at);
  }
  const auto& turned = board_.lag_turned();
  if (changed.empty() && turned.empty()) return;
  for (auto& watch : watches_) {
    if (watch.verdict || watch.dirty) continue;
    const auto& condition = *watch.spec->condition;
    watch.dirty = condition.concerns(changed) ||
                  (!watch.spans.empty() && condition.concerns(turned)) ||
                  (changed.starts_with("alert.") && condition.concerns(std::string(kAlertCount)));
  }
}

void Expectations::settle() {
  for (auto& watch : watches_) {
    if (!std::exchange(watch.dirty, false) || watch.verdict || !watch.open) continue;
    ask(watch, instant_);
  }
}

/// A lag that grows crosses what it is compared with between two events.
void Expectations::pass_spans(RunTime now) {
  for (auto& watch : watches_) {
    if (watch.verdict || watch.spans.empty() || !watch.opens) continue;
    std::set<RunTime> instants;
    for (const auto& use : watch.spec->condition->names()) {
      if (!is_lag(use)) continue;
      for (const auto& name : board_.expand(use.segments)) {
        const auto since = board_.wrong_since(name);
        if (!since) continue;
        for (const auto span : watch.spans) {
          // Once it is as long as that, and once it is longer.
          for (const auto at : {*since + span, *since + span + Nanos(1)}) {
            const bool mine = at > instant_ && at < now && at > *watch.opens &&
                              (!watch.closes || at <= *watch.closes);
            if (mine) instants.insert(at);
          }
        }
      }
    }
    for (const auto at : instants) {
      if (!watch.verdict) ask(watch, at);
    }
  }
}

void Expectations::pass_time(RunTime now) {
  for (auto& watch : watches_) {
    if (watch.verdict || watch.open || !watch.opens || *watch.opens >= now) continue;
    watch.open = true;
    ask(watch, *watch.opens);
  }
  pass_spans(now);
  for (auto& watch : watches_) {
    if (watch.verdict) continue;
    if (watch.open && !watch.verdict && watch.closes && *watch.closes < now)
      close(watch, *watch.closes);
  }
}

void Expectations::ask(Watch& watch, RunTime at) {
  const auto& spec = *watch.spec;
  board_.set_now(at);
  std::string why;
  const auto quantifier = spec.word == Word::never ? Quantifier::any : Quantifier::all;
  const auto truth = spec.condition->evaluate(board_, quantifier, &why);
  const auto when = format_run_time(at);
  if (truth != Truth::unknown) ++watch.evaluations;
  switch (spec.word) {
    case Word::always:
      if (truth == Truth::no)
        decide(watch, Verdict::failed, at, fmt::format("broken at {}: {}", when, why));
      break;
    case Word::never:
      if (truth == Truth::yes)
        decide(watch, Verdict::failed, at, fmt::format("broken at {}: {}", when, why));
      break;
    case Word::eventually:
    case Word::reached:
      if (truth == Truth::yes)
        decide(watch, Verdict::passed, at, fmt::format("true at {}: {}", when, why));
      break;
    case Word::stable:
      if (truth == Truth::yes) {
        if (!watch.holding) watch.holding = at;
      } else if (const auto since = std::exchange(watch.holding, std::nullopt)) {
        if (at - *since >= *spec.lasts) {
          decide(watch, Verdict::passed, at,
                 fmt::format("held for {}", format_duration(at - *since)));
        }
      }
      break;
  }
  watch.message = watch.verdict ? watch.message : why;
}

void Expectations::close(Watch& watch, RunTime at) {
  const auto& spec = *watch.spec;
  const auto last = watch.message;
  if (watch.evaluations == 0) {
    decide(
        watch, Verdict::failed, at,
        "never evaluated: " + (last.empty() ? std::string("no such value was ever there") : last));
    return;
  }
  switch (spec.word) {
    case Word::always:
    case Word::never:
      decide(watch, Verdict::passed, at,
             watch.evaluations == 1 ? std::string("held; asked once")
                                    : fmt::format("held; asked {} times", watch.evaluations));
      return;
    case Word::eventually:
    case Word::reached:
      decide(watch, Verdict::failed, at,
             fmt::format("not true by {}: {}", format_run_time(at), last));
      return;
    case Word::stable:
      if (watch.holding && at - *watch.holding >= *spec.lasts) {
        decide(watch, Verdict::passed, at,
               fmt::format("held for {}", format_duration(at - *watch.holding)));
      } else {
        decide(watch, Verdict::failed, at,
               fmt::format("never held for {} without a break: {}", format_duration(*spec.lasts),
                           last));
      }
      return;
  }
}

void Expectations::decide(Watch& watch, Verdict verdict, RunTime at, std::string message) {
  watch.verdict = verdict;
  watch.decided = at;
  watch.message = std::move(message);
}

void Expectations::refuse_vacuous(Watch& watch, RunTime now) {
  for (const auto& use : watch.spec->condition->names()) {
    const auto name = join_name(use.segments);
    const bool wild = name.find('*') != std::string::npos;
    if (wild || board_.seen(name) || !name.ends_with("exists")) continue;
    decide(watch, Verdict::failed, now,
           fmt::format("never evaluated: {} had no value in the whole run", name));
  }
}

void Expectations::finish(RunTime now) {
  happened("end", now);
  settle();
  pass_time(now);
  for (auto& watch : watches_) {
    if (watch.verdict == Verdict::passed) refuse_vacuous(watch, now);
    if (watch.verdict) continue;
    if (!watch.opens || *watch.opens > now) {
      decide(watch, Verdict::failed, now,
             watch.opens
                 ? "never evaluated: its window opens after the end of the run"
                 : fmt::format("never evaluated: {} never happened", watch.spec->after.event));
      continue;
    }
    if (!watch.open) {
      watch.open = true;
      ask(watch, now);
    }
    if (watch.verdict) continue;
    // What still had time left at the end is neither kept nor broken.
    const bool cut_short =
        watch.closes && *watch.closes > now && watch.spec->word == Word::eventually;
    if (cut_short) {
      decide(watch, Verdict::inconclusive, now,
             fmt::format("not true by the end of the run, {} before its deadline: {}",
                         format_duration(*watch.closes - now), watch.message));
    } else {
      close(watch, now);
      if (watch.verdict == Verdict::passed) refuse_vacuous(watch, now);
    }
  }
}

std::vector<reports::Expectation> Expectations::results(const Sources& sources) const {
  std::vector<reports::Expectation> all;
  for (const auto& watch : watches_) {
    reports::Expectation one;
    one.text = written(*watch.spec);
    one.because = watch.spec->because;
    one.verdict = watch.verdict.value_or(Verdict::inconclusive);
    one.message = watch.message;
    if (watch.verdict) one.decided_at = watch.decided;
    one.evaluations = watch.evaluations;
    one.place = place_of(watch.spec->at, sources);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace spokelab::harness
