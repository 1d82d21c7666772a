package dev.oriel.ops.emitted;

/// General registers of 64 bits, by their numbers.
enum Gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 }
