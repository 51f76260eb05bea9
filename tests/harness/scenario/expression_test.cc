// Expressions: reading, answers in three values, wildcards, problems with their columns.
#include "harness/scenario/expression.h"

#include <gmock/gmock.h>

#include <map>

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

class FakeValues final : public Values {
 public:
  std::map<std::string, Value> values;
  std::optional<Value> lookup(const std::string& name) const override {
    const auto known = values.find(name);
    if (known == values.end()) return std::nullopt;
    return known->second;
  }
  std::vector<std::string> expand(const std::vector<std::string>& segments) const override {
    std::vector<std::string> out;
    for (const auto& [name, value] : values) {
      if (name_matches(segments, name)) out.push_back(name);
    }
    return out;
  }
};

FakeValues world() {
  FakeValues out;
  out.values["app.agent-prod.health"] = Value::of_text("Progressing");
  out.values["app.agent-dr.health"] = Value::of_text("Healthy");
  out.values["app.agent-dr.sync"] = Value::of_text("Synced");
  out.values["traffic.agent.share.dr"] = Value::of_share(Share{1'000'000});
  out.values["traffic.agent.success"] = Value::of_share(Share{998'000});
  out.values["deployment.prod.agent.web.ready"] = Value::of_number(2);
  out.values["truth.cluster.prod.reachable"] = Value::of_boolean(false);
  out.values["cluster.prod.connection"] = Value::of_text("Failed");
  out.values["object.prod.deployment.agent.web.spec.replicas"] = Value::of_number(3);
  out.values["app.\"odd.name\".health"] = Value::of_text("Healthy");
  return out;
}

Expression read(std::string_view text) {
  std::vector<ExpressionProblem> problems;
  auto out = Expression::parse(text, problems);
  EXPECT_TRUE(out) << text << ": " << (problems.empty() ? "" : problems[0].message);
  return out ? *out : *Expression::parse("fault.x == active", problems);
}

TEST(Expression, AnswersYesNoOrUnknown) {
  const auto values = world();
  const std::vector<std::pair<std::string, Truth>> cases{
      {"app.agent-prod.health == Progressing", Truth::yes},
      {"app.agent-prod.health != Progressing", Truth::no},
      {"app.nobody.health == Healthy", Truth::unknown},
      {"app.nobody.health != Healthy", Truth::unknown},
      {"app.nobody.health == absent", Truth::yes},
      {"app.nobody.health != absent", Truth::no},
      {"app.agent-dr.health != absent", Truth::yes},
      {"traffic.agent.share.dr == 100%", Truth::yes},
      {"traffic.agent.success >= 99.9%", Truth::no},
      {"traffic.agent.success >= 99.8%", Truth::yes},
      {"deployment.prod.agent.web.ready > 1", Truth::yes},
      {"deployment.prod.agent.web.ready<=1", Truth::no},
      {"truth.cluster.prod.reachable == false", Truth::yes},
      {"object.prod.deployment.agent.web.spec.replicas == 3", Truth::yes},
      {"object.prod.deployment.agent.web.spec.replicas >= 4", Truth::no},
      {"app.\"odd.name\".health == Healthy", Truth::yes},
      {"app.'odd.name'.health == \"Healthy\"", Truth::yes},
      // Three values: an unknown does not hide a decided part.
      {"app.nobody.health == Healthy or cluster.prod.connection == Failed", Truth::yes},
      {"app.nobody.health == Healthy and cluster.prod.connection == Failed", Truth::unknown},
      {"app.nobody.health == Healthy and cluster.prod.connection == Unknown", Truth::no},
      {"not app.nobody.health == Healthy", Truth::unknown},
      {"not (cluster.prod.connection == Unknown)", Truth::yes},
      // `and` binds tighter than `or`.
      {"cluster.prod.connection == Failed or cluster.prod.connection == Failed and "
       "cluster.prod.connection == Unknown",
       Truth::yes},
  };
  for (const auto& [text, truth] : cases)
    EXPECT_EQ(name_of(read(text).evaluate(values)), name_of(truth)) << text;
}

TEST(Expression, AStarMeansAllMatchingNames) {
  const auto values = world();
  EXPECT_EQ(read("app.*.health == Healthy").evaluate(values), Truth::no);
  EXPECT_EQ(read("app.*-dr.health == Healthy").evaluate(values), Truth::yes);
  EXPECT_EQ(read("app.none-*.health == Healthy").evaluate(values), Truth::unknown);
  EXPECT_EQ(read("not app.*.health == Degraded").evaluate(values), Truth::yes);
  EXPECT_EQ(read("not app.*.health == Progressing").evaluate(values), Truth::no);
  EXPECT_EQ(read("not not app.*.health == Healthy").evaluate(values), Truth::no);
}

TEST(Expression, NeverAsksForAny) {
  const auto values = world();
  EXPECT_EQ(read("app.*.health == Progressing").evaluate(values, Quantifier::any), Truth::yes);
  EXPECT_EQ(read("app.*.health == Degraded").evaluate(values, Quantifier::any), Truth::no);
  EXPECT_EQ(read("not app.*.health == Healthy").evaluate(values, Quantifier::any), Truth::yes);
}

TEST(Expression, SaysWhichValuesDecided) {
  const auto values = world();
  std::string why;
  read("app.*.health == Healthy").evaluate(values, Quantifier::all, &why);
  EXPECT_EQ(why, "app.agent-prod.health is Progressing");
  read("cluster.prod.connection == Failed and app.nobody.sync == Synced")
      .evaluate(values, Quantifier::all, &why);
  EXPECT_EQ(why, "app.nobody.sync is absent");
  read("app.none-*.sync == Synced").evaluate(values, Quantifier::all, &why);
  EXPECT_EQ(why, "nothing matches app.none-*.sync");
}

TEST(Expression, KnowsWhatConcernsIt) {
  const auto expression = read("app.*.health == Healthy and cluster.prod.connection == Failed");
  EXPECT_TRUE(expression.concerns("app.x.health"));
  EXPECT_FALSE(expression.concerns("app.x.sync"));
  EXPECT_TRUE(expression.concerns("cluster.prod.connection"));
  EXPECT_EQ(expression.names().size(), 2U);
}

struct Wrong {
  std::string text;
  std::size_t column;
  std::string message;
  std::string fix;
};

TEST(Expression, ProblemsNameTheColumnAndTheFix) {
  const std::vector<Wrong> cases{
      {"", 0, "the name of a value is missing", "write for instance"},
      {"app.a.health = Healthy", 13, "`=` is no operator", "write =="},
      {"app.a.health == Healthy && app.a.sync == Synced", 24, "no operator", "write and"},
      {"!app.a.health == Healthy", 0, "no operator", "write not"},
      {"app.a.helth == Healthy", 0, "there is no value `app.a.helth`",
       "did you mean `app.a.health`?"},
      {"ap.a.health == Healthy", 0, "there is no value", "did you mean `app.a.health`?"},
      {"traffic.agent.share == 100%", 0, "there is no value", "traffic.agent.share.CLUSTER"},
      {"app.a.health == Helthy", 16, "is never `Helthy`", "did you mean `Healthy`?"},
      {"traffic.agent.success >= 99", 25, "has no unit", "write 99%"},
      {"deployment.a.b.c.ready == two", 26, "is a number", "whole number"},
      {"truth.cluster.a.reachable == yes", 29, "never `yes`", "true or false"},
      {"app.a.health", 0, "compared with nothing", "== VALUE"},
      {"app.a.health is Healthy", 13, "`is` is no operator", "write =="},
      {"app.a.health === Healthy", 13, "`===` is no operator", "write =="},
      {"app.a.health <> Healthy", 13, "`<>` is no operator", "write !="},
      {"app.a.health == Healthy or or app.a.sync == Synced", 27, "missing before `or`", ""},
      {"3 < deployment.a.b.c.ready", 0, "no value `3`",
       "the name comes first: deployment.a.b.c.ready > 3"},
      {"deployment.a.b.c.ready == app.a.sync", 26, "is a number", "one type"},
      {"app.a.health < app.a.sync", 13, "has no order", ""},
      {"app.a.health == app.*.health", 16, "a `*` on the right", "on the left"},
      {"app.\u00e5.health == Healthy", 4, "`\u00e5` cannot stand", "quote"},
      {"app.a.health > Healthy", 13, "has no order", ""},
      {"app.a.health == ", 13, "missing", ""},
      {"(app.a.health == Healthy", 0, "not closed", "close it"},
      {"app.a.health == Healthy)", 23, "does not belong", ""},
      {"app.a.health == Healthy app.a.sync == Synced", 24, "does not belong", "and"},
      {"app.\"a.health == Healthy", 4, "never closed", "close it"},
      {"app..health == Healthy", 0, "empty", ""},
      {"app.a/b.health == Healthy", 5, "cannot stand", "quote"},
      {"and", 0, "missing before `and`", ""},
      {"not", 2, "missing", ""},
  };
  for (const auto& one : cases) {
    std::vector<ExpressionProblem> problems;
    EXPECT_FALSE(Expression::parse(one.text, problems)) << one.text;
    ASSERT_FALSE(problems.empty()) << one.text;
    EXPECT_EQ(problems[0].column, one.column) << one.text << ": " << problems[0].message;
    EXPECT_THAT(problems[0].message, HasSubstr(one.message)) << one.text;
    EXPECT_THAT(problems[0].fix, HasSubstr(one.fix)) << one.text;
  }
}

TEST(Expression, TakesAValueThatIsTrueOrFalseByItself) {
  const auto values = world();
  EXPECT_EQ(read("truth.cluster.prod.reachable").evaluate(values), Truth::no);
  EXPECT_EQ(read("not truth.cluster.prod.reachable").evaluate(values), Truth::yes);
  EXPECT_EQ(
      read("(truth.cluster.prod.reachable) or cluster.prod.connection == Failed").evaluate(values),
      Truth::yes);
}

TEST(Expression, ComparesOneValueWithAnother) {
  auto values = world();
  values.values["deployment.prod.agent.web.replicas"] = Value::of_number(3);
  values.values["deployment.dr.agent.web.ready"] = Value::of_number(1);
  values.values["deployment.dr.agent.web.replicas"] = Value::of_number(1);
  const auto one = read("deployment.prod.agent.web.ready < deployment.prod.agent.web.replicas");
  EXPECT_EQ(one.evaluate(values), Truth::yes);
  EXPECT_TRUE(one.concerns("deployment.prod.agent.web.replicas"));
  EXPECT_EQ(read("app.agent-prod.health == app.agent-dr.health").evaluate(values), Truth::no);
  EXPECT_EQ(read("app.agent-prod.health == app.nobody.health").evaluate(values), Truth::unknown);
  // The star on the right is what the one on the left has matched.
  std::string why;
  const auto all = read("deployment.*.agent.web.ready == deployment.*.agent.web.replicas");
  EXPECT_EQ(all.evaluate(values, Quantifier::all, &why), Truth::no);
  EXPECT_EQ(why, "deployment.prod.agent.web.ready is 2, deployment.prod.agent.web.replicas is 3");
  EXPECT_EQ(all.evaluate(values, Quantifier::any), Truth::yes);
  // A field of an object is compared with whatever there is, as a number where both are.
  EXPECT_EQ(read("object.prod.deployment.agent.web.spec.replicas > deployment.dr.agent.web.ready")
                .evaluate(values),
            Truth::yes);
}

TEST(Expression, HasLimits) {
  std::vector<ExpressionProblem> problems;
  EXPECT_FALSE(Expression::parse(std::string(1000, '('), problems));
  EXPECT_FALSE(Expression::parse(std::string(5000, 'a'), problems));
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "not ";
  EXPECT_FALSE(Expression::parse(nots + "app.a.sync == Synced", problems));
}

TEST(Expression, NamesJoinAndSplit) {
  const std::vector<std::string> segments{"app", "odd.name", "health"};
  EXPECT_EQ(join_name(segments), "app.\"odd.name\".health");
  EXPECT_EQ(split_name(join_name(segments)), segments);
  EXPECT_TRUE(name_matches({"app", "odd*", "health"}, join_name(segments)));
}

TEST(ValueNames, EachFormIsFoundByItsOwnPattern) {
  for (const auto& one : value_names()) {
    const auto segments = split_name(one.pattern);
    EXPECT_EQ(match_value_name(segments).value, &one) << one.pattern;
  }
}

}  // namespace
}  // namespace spokelab::harness
