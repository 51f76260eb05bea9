// A repository during a run: commits that the scenario makes, and bad weather.
#include "harness/repo/scenario_repo.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "sim/world.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ScenarioRepoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.write("values.yaml", "tag: 1\n");
    dir_.write("README", "hello");
    auto snapshot = RepoSnapshot::read(dir_.path().string());
    ASSERT_TRUE(snapshot);
    repo_ = std::make_unique<ScenarioRepo>(world_, "https://example.com/a.git", *snapshot);
  }

  struct Answer {
    std::string value;  ///< Or the error's message.
    bool ok = false;
    Nanos took{0};
  };
  Task<void> ask(std::string revision, std::optional<Answer>& answer) {
    const auto started = world_.now();
    const auto found = co_await repo_->resolve(std::move(revision));
    answer =
        Answer{found ? *found : found.error().message(), found.has_value(), world_.now() - started};
  }
  Answer resolve(const std::string& revision) {
    std::optional<Answer> answer;
    asio::co_spawn(world_.executor(), ask(revision, answer), asio::detached);
    world_.run_for(10min);
    EXPECT_TRUE(answer);
    return answer.value_or(Answer{});
  }
  Task<void> look(std::string commit, std::shared_ptr<const FileTree>& files) {
    const auto found = co_await repo_->files(std::move(commit));
    if (found) files = *found;
  }
  std::shared_ptr<const FileTree> files(const std::string& commit) {
    std::shared_ptr<const FileTree> found;
    asio::co_spawn(world_.executor(), look(commit, found), asio::detached);
    world_.run_for(10min);
    return found;
  }

  TempDir dir_;
  sim::World world_;
  std::unique_ptr<ScenarioRepo> repo_;
};

TEST_F(ScenarioRepoTest, CommitsMoveTheBranchAndLeaveOldCommitsBe) {
  const auto before = resolve("HEAD");
  const auto id =
      repo_->commit("", {{"values.yaml", "tag: 2\n"}, {"README", std::nullopt}, {"new", "x"}});
  ASSERT_TRUE(id);
  EXPECT_NE(*id, before.value);
  EXPECT_EQ(resolve("HEAD").value, *id);
  EXPECT_EQ(resolve("main").value, *id);
  EXPECT_EQ(resolve(id->substr(0, 8)).value, *id);
  const auto now = files(*id);
  ASSERT_NE(now, nullptr);
  EXPECT_EQ(*now->at("values.yaml"), "tag: 2\n");
  EXPECT_FALSE(now->contains("README"));
  EXPECT_TRUE(now->contains("new"));
  EXPECT_EQ(*files(before.value)->at("values.yaml"), "tag: 1\n");
  EXPECT_EQ(files(*id), now) << "the same tree for the same commit";
}

TEST_F(ScenarioRepoTest, GivesTheSameIdsForTheSameCommits) {
  ScenarioRepo twin(world_, "https://example.com/twin", *RepoSnapshot::read(dir_.path().string()));
  for (const char* tag : {"2", "3"}) {
    EXPECT_EQ(*repo_->commit("", {{"values.yaml", tag}}), *twin.commit("", {{"values.yaml", tag}}));
  }
}

TEST_F(ScenarioRepoTest, TellsTwoCommitsOfEqualFilesApart) {
  const auto first = *repo_->commit("", {{"values.yaml", "tag: 2\n"}});
  repo_->commit("", {{"values.yaml", "tag: 3\n"}});
  EXPECT_NE(*repo_->commit("", {{"values.yaml", "tag: 2\n"}}), first);
}

TEST_F(ScenarioRepoTest, CannotCommitToABranchThatIsNotThere) {
  EXPECT_FALSE(repo_->commit("ghost", {{"a", "b"}}));
}

TEST_F(ScenarioRepoTest, AnswersAsItsWeatherIs) {
  using Weather = ScenarioRepo::Weather;
  EXPECT_TRUE(resolve("HEAD").ok);
  EXPECT_EQ(repo_->hits(), 0u);
  const auto in = [&](Weather weather) {
    repo_->set_weather(weather);
    const auto answer = resolve("HEAD");
    repo_->end_weather(weather);
    return answer;
  };
  EXPECT_THAT(in(Weather::refused).value, HasSubstr("connection refused"));
  const auto hung = in(Weather::hang);
  EXPECT_THAT(hung.value, HasSubstr("context deadline exceeded"));
  EXPECT_EQ(hung.took, Nanos(15s));
  EXPECT_THAT(in(Weather::error).value, HasSubstr("503"));
  const auto empty = in(Weather::empty);
  EXPECT_TRUE(empty.ok);
  EXPECT_EQ(repo_->hits(), 4u);
  repo_->set_weather(Weather::empty);
  EXPECT_TRUE(files(empty.value)->empty());
  repo_->end_weather(Weather::empty);
  EXPECT_FALSE(files(resolve("HEAD").value)->empty());
}

TEST_F(ScenarioRepoTest, IsAsBadAsTheWorstOfItsWeathers) {
  using Weather = ScenarioRepo::Weather;
  repo_->set_weather(Weather::empty);
  repo_->set_weather(Weather::refused);
  repo_->set_weather(Weather::refused);
  repo_->end_weather(Weather::refused);
  EXPECT_THAT(resolve("HEAD").value, HasSubstr("connection refused"));
  repo_->end_weather(Weather::refused);
  EXPECT_TRUE(resolve("HEAD").ok);
}

TEST_F(ScenarioRepoTest, TakesLongerWhenItIsSlow) {
  const auto usual = resolve("HEAD").took;
  const auto first = repo_->add_slowness(3s, 1s, Rng(7));
  const auto second = repo_->add_slowness(6s, 1s, Rng(8));
  const auto both = resolve("HEAD").took - usual;
  EXPECT_GE(both, Nanos(7s));
  EXPECT_LE(both, Nanos(11s));
  repo_->end_slowness(first);
  const auto one = resolve("HEAD").took - usual;
  EXPECT_GE(one, Nanos(5s));
  EXPECT_LE(one, Nanos(7s));
  repo_->end_slowness(second);
  EXPECT_EQ(resolve("HEAD").took, usual);
}

TEST_F(ScenarioRepoTest, IsGivenUpWhenItIsSlowerThanItsCallersArePatient) {
  repo_->add_slowness(1min, 0s, Rng(7));
  const auto answer = resolve("HEAD");
  EXPECT_THAT(answer.value, HasSubstr("context deadline exceeded"));
  EXPECT_EQ(answer.took, Nanos(15s));
}

TEST_F(ScenarioRepoTest, IsFoundByUrlWithAndWithoutGitAtTheEnd) {
  ScenarioRepos repos;
  auto* raw = repo_.get();
  repos.add("https://example.com/a.git", std::move(repo_));
  EXPECT_EQ(repos.find("https://example.com/a"), raw);
  EXPECT_EQ(repos.find("https://example.com/a.git"), raw);
  EXPECT_EQ(repos.find("https://example.com/a/"), raw);
  EXPECT_EQ(repos.find("https://example.com/b"), nullptr);
}

}  // namespace
}  // namespace spokelab::harness
