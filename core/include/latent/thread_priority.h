#pragma once

namespace latent {

/// The calling thread, and those it starts from now on, give way to threads of lower niceness
/// (0 … 19, the greater the politer; 0 is an ordinary thread's). A thread cannot take this back.
void set_niceness(int niceness);

/// The calling thread seldom computes for long, and when it wakes it wants a core at once: a Linux
/// of 6.12 or newer then takes one from whoever computes (without this it lets the other's slice
/// pass first, 5 ms on two cores). Elsewhere nothing happens.
void expect_short_turns();

}  // namespace latent
