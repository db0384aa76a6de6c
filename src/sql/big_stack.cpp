#include "big_stack.h"

#include <pthread.h>

#include <exception>
#include <stdexcept>

namespace lockstep::sql {

namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 20;

struct Job {
  const std::function<void()>& work;
  std::exception_ptr failure;
};

void* run(void* argument) {
  auto& job = *static_cast<Job*>(argument);
  try {
    job.work();
  } catch (...) {
    job.failure = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void on_big_stack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);

  Job job{work, nullptr};
  pthread_t thread{};
  const int failed = pthread_create(&thread, &attributes, &run, &job);
  pthread_attr_destroy(&attributes);
  if (failed != 0) {
    throw std::runtime_error("cannot start a thread to parse SQL on (out of memory or threads)");
  }
  pthread_join(thread, nullptr);
  if (job.failure) {
    std::rethrow_exception(job.failure);
  }
}

}  // namespace lockstep::sql
