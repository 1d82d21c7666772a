/// Matrix kernels as machine code that Java writes at run time: an assembler, the memory the code runs in, and the kernels.
package dev.oriel.ops.emitted;
