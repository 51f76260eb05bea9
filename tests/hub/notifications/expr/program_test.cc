// The condition language, by what expr-lang answers.
#include "hub/notifications/expr/program.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "base/duration.h"
#include "base/json.h"
#include "hub/notifications/expr/value.h"

namespace spokelab::hub::expr {
namespace {

using ::testing::HasSubstr;

const char* const kApp = R"({
  "metadata": {"name": "shop", "labels": {"team": "web"}},
  "status": {
    "health": {"status": "Degraded", "lastTransitionTime": "2026-01-01T00:05:00Z"},
    "sync": {"status": "Synced", "revision": "abc123"},
    "operationState": {"phase": "Succeeded", "finishedAt": "2026-01-01T00:04:00Z", "retryCount": 2},
    "conditions": [{"type": "ComparisonError", "message": "broken"}, {"type": "SyncError", "message": "late"}],
    "summary": {"images": ["a:1", "b:2"]}
  }})";

Result<Value> run(const std::string& source) {
  const auto program = Program::parse(source);
  if (!program) return program.error();
  Map names;
  names.emplace("app", of_json(freeze(*parse_json(kApp))));
  for (const char* module : {"time", "strings", "repo"})
    names.emplace(module, Value(Module{module}));
  return program->run({&names, *parse_rfc3339("2026-01-01T00:10:00Z")});
}

/// What an expression gives, printed; "! message" when it fails.
std::string shown(const std::string& source) {
  const auto value = run(source);
  return value ? print(*value) : "! " + value.error().message();
}

struct Case {
  const char* source;
  const char* result;
};

TEST(Conditions, GiveWhatTheCatalogOfArgoCdExpects) {
  for (const auto& [source, result] : {
           Case{"true", "true"},
           Case{"app.status.health.status == 'Degraded'", "true"},
           Case{"app.status.operationState != nil and app.status.operationState.phase in "
                "['Succeeded']",
                "true"},
           Case{"app.status.operationState.phase in ['Error', 'Failed']", "false"},
           Case{"app.metadata.deletionTimestamp != nil", "false"},
           Case{"app.status.operationState != nil and app.status.operationState.phase in "
                "['Succeeded'] and "
                "app.status.health.status == 'Degraded' and "
                "!time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status."
                "operationState.finishedAt))",
                "true"},
           Case{"app.status.operationState?.syncResult?.revision", "<nil>"},
           Case{"app.status.sync.revision", "abc123"},
           Case{"time.Now().Sub(time.Parse(app.status.operationState.finishedAt)).Minutes() >= 5",
                "true"},
           Case{"app.metadata.labels.team contains 'we' && app.metadata.labels['team'] startsWith "
                "\"w\"",
                "true"},
       }) {
    EXPECT_EQ(shown(source), result) << source;
  }
}

TEST(Conditions, KnowTheOperatorsAndTheirOrder) {
  for (const auto& [source, result] : {
           Case{"1 + 2 * 3", "7"},
           Case{"(1 + 2) * 3", "9"},
           Case{"2 ** 3 ** 2", "512"},
           Case{"7 / 2", "3.5"},
           Case{"7 % 4", "3"},
           Case{"-2 + 5", "3"},
           Case{"1 == 1.0", "true"},
           Case{"'a' + 'b'", "ab"},
           Case{"1 < 2 and 2 >= 2 or false", "true"},
           Case{"not (1 in [1, 2])", "false"},
           Case{"3 not in [1, 2]", "true"},
           Case{"'x' not contains 'y'", "true"},
           Case{"'team' in app.metadata.labels", "true"},
           Case{"'none' in nil", "false"},
           Case{"'web-7' matches '^web-[0-9]+$'", "true"},
           Case{"'web' endsWith 'b'", "true"},
           Case{"1 > 2 ? 'a' : 'b'", "b"},
           Case{"nil ?? 'fallback'", "fallback"},
           Case{"app.nothing ?: 'other'", "other"},
           Case{"1..3", "[1 2 3]"},
           Case{"{a: 1, 'b': [true]}", "map[a:1 b:[true]]"},
           Case{"{a: 1}.a == 1", "true"},
           Case{"[1, 2][-1]", "2"},
           Case{"time.Minute * 2 > time.Second * 100", "true"},
           Case{"duration('90s').Minutes()", "1.5"},
           Case{"time.Parse('2026-02-03T04:05:06+02:00').Hour()", "4"},
           Case{"time.Parse('2026-02-03T04:05:06Z').Add(time.Hour).Format(time.Kitchen)", "5:05AM"},
           Case{"(time.Parse('2026-01-01T00:00:01Z') - "
                "time.Parse('2026-01-01T00:00:00Z')).Seconds()",
                "1"},
       }) {
    EXPECT_EQ(shown(source), result) << source;
  }
}

TEST(Conditions, AskAboutLists) {
  for (const auto& [source, result] : {
           Case{"any(app.status.conditions, {#.type == 'SyncError'})", "true"},
           Case{"any(app.status.conditions, .type == 'SyncError')", "true"},
           Case{"all(app.status.conditions, {.message != ''})", "true"},
           Case{"none(app.status.conditions, {.type == 'X'})", "true"},
           Case{"one(app.status.conditions, {.type == 'SyncError'})", "true"},
           Case{"filter([1, 2, 3], {# > 1})", "[2 3]"},
           Case{"map([1, 2], {# * 2})", "[2 4]"},
           Case{"map(filter(app.status.conditions, .type matches 'Error'), .message)",
                "[broken late]"},
           Case{"any([[1], [2, 3]], {any(#, {# == 3})})", "true"},
           Case{"count([1, 2, 3], {# > 1})", "2"},
           Case{"find([1, 2, 3], {# > 1})", "2"},
           Case{"len(app.status.summary.images) == 2", "true"},
           Case{"len('häh')", "3"},
           Case{"join(app.status.summary.images, ',')", "a:1,b:2"},
           Case{"strings.ReplaceAll('a-b-c', '-', '_')", "a_b_c"},
           Case{"repo.FullNameByRepoURL('https://github.com/example/agent.git')", "example/agent"},
           Case{"repo.RepoURLToHTTPS('git@github.com:example/agent.git')",
                "https://github.com/example/agent.git"},
           Case{"upper(split('a b', ' ')[0])", "A"},
           Case{"max(1, 3, 2) - min([4, 2])", "1"},
           Case{"sum([1, 2, 3])", "6"},
       }) {
    EXPECT_EQ(shown(source), result) << source;
  }
}

TEST(Conditions, EndAtAQuestionMarkThatMeetsNil) {
  EXPECT_EQ(shown("app.spec?.source.repoURL"), "<nil>");
  EXPECT_EQ(shown("app.spec?.source.repoURL == nil"), "true");
  EXPECT_EQ(shown("app?.status?.sync.status"), "Synced");
  EXPECT_EQ(shown("app.spec?.['x']"), "<nil>");
  EXPECT_EQ(shown("(app.spec?.source).repoURL"), "! cannot fetch repoURL from <nil> (1:20)");
}

TEST(Conditions, SayWhatIsWrongAndWhere) {
  for (const auto& [source, result] : {
           Case{"app.spec.source", "! cannot fetch source from <nil> (1:10)"},
           Case{"1 +", "! unexpected token EOF (1:4)"},
           Case{"a == == b", "! unexpected token Operator(\"==\") (1:6)"},
           Case{"'open", "! literal not terminated (1:1)"},
           Case{"let x = 1; x", "! `let` is not supported in conditions here (1:1)"},
           Case{"[1, 2][0:1]", "! slices are not supported in conditions here (1:9)"},
           Case{"a | b", "! `|` is not supported in conditions here (1:3)"},
           Case{"len()", "! not enough arguments to call len: 0 (1:1)"},
           Case{"[1][3]", "! index out of range: 3 (array length is 1) (1:4)"},
           Case{"1 + 'a'", "! invalid operation: int + string (1:3)"},
           Case{"nil contains 'a'",
                "! interface conversion: interface {} is <nil>, not string (1:5)"},
           Case{"'a' matches '['", "! error parsing regexp: missing ]: [: `[` (1:5)"},
           Case{"1 and true", "! interface conversion: interface {} is int, not bool (1:1)"},
           Case{"# > 1", "! unexpected token Operator(\"#\") (1:1)"},
           Case{"repo.GetCommitMetadata('abc').Author",
                "! repo.GetCommitMetadata asks the repo-server, which is not available here (1:6)"},
           Case{"time.Sometime()", "! time has no function Sometime; there are Now, Parse (1:6)"},
           Case{"all(1, {true})", "! builtin all takes only array (got int) (1:1)"},
           Case{"app\n  .status\n  .x.y", "! cannot fetch y from <nil> (3:6)"},
       }) {
    EXPECT_EQ(shown(source), result) << source;
  }
  EXPECT_THAT(shown("frob(1)"), HasSubstr("unknown function frob; known: abs, all, any"));
}

TEST(Conditions, HaveLimits) {
  EXPECT_EQ(run(std::string(kSourceBytesMax + 1, ' ')).error().code(), Errc::limit);
  EXPECT_EQ(run(std::string(5'000, '(')).error().code(), Errc::limit);
  EXPECT_EQ(run(std::string(5'000, '!') + "true").error().code(), Errc::limit);
  EXPECT_EQ(run("all(1..1000, {all(1..1000, {true})})").error().code(), Errc::limit);
  EXPECT_EQ(run("1..1000000").error().code(), Errc::limit);
  std::string many = "1";
  for (int i = 0; i < 3'000; ++i) many += "+1";
  EXPECT_EQ(run(many).error().code(), Errc::limit);
  EXPECT_THAT(shown("9223372036854775807 + 1"), HasSubstr("-9223372036854775808"));
}

TEST(Conditions, TellWhichNamesTheyRead) {
  const auto program = Program::parse("any(app.x, {.cluster == 1}) and 'cluster' != 'x'");
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->mentions("app"));
  EXPECT_FALSE(program->mentions("cluster"));
}

}  // namespace
}  // namespace spokelab::hub::expr
