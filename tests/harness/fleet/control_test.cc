#include "harness/fleet/control.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "harness/fleet/state_directory.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

class ControlTest : public ::testing::Test {
 protected:
  /// Asks from a process of its own, as the command line does. The answer as text.
  std::string ask(const Json& request) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const auto child = ::fork();
    if (child == 0) {
      const auto answer = ask_control(path, request);
      const std::string text = answer ? answer->dump() : "no answer";
      const auto size = ::write(ends[1], text.data(), text.size());
      ::_exit(size < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) io.run_for(std::chrono::milliseconds(1));
    std::string text(4096, '\0');
    const auto size = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    return text.substr(0, size < 0 ? 0 : static_cast<std::size_t>(size));
  }

  TempDir directory;
  std::string path = directory.at("control.sock");
  boost::asio::io_context io;
  ControlServer server{io, [](const Json& request) {
                         return Json{{"heard", request.value("say", "")}};
                       }};
};

TEST_F(ControlTest, AnswersItsOwnersProcesses) {
  ASSERT_TRUE(server.open(path));
  EXPECT_EQ(ask(Json{{"say", "hello"}}), R"({"heard":"hello"})");
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(ControlTest, NobodyAnswersOnceItIsClosed) {
  ASSERT_TRUE(server.open(path));
  server.close();
  EXPECT_FALSE(ask_control(path, Json{{"say", "hello"}}));
}

TEST_F(ControlTest, APathThatIsTooLongIsTold) {
  const auto opened = server.open("/tmp/" + std::string(200, 'x'));
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("--state"), std::string::npos);
}

TEST(StateDirectory, IsPrivateAndSoAreItsFiles) {
  TempDir directory;
  const StateDirectory state(directory.at("deep/state"));
  ASSERT_TRUE(state.make());
  ASSERT_TRUE(state.make());  // again does no harm
  ASSERT_TRUE(write_private_file(state.kubeconfig(), "secret"));
  struct stat found {};
  ASSERT_EQ(::stat(state.path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat(state.kubeconfig().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

}  // namespace
}  // namespace spokelab::harness
