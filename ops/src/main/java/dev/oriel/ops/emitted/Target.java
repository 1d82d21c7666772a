package dev.oriel.ops.emitted;

/// What code is written for.
///
/// @param evex whether 256-bit instructions are EVEX: tests run AVX-VNNI so on processors that have only the same instructions of AVX-512
record Target(InstructionSet set, Platform platform, boolean evex) {}
