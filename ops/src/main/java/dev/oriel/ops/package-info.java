/// The numeric vocabulary of the runtime: what numbers look like in files, and every operation a forward pass is made of.
package dev.oriel.ops;
