/// A backend whose memory nobody can reach, for tests.
package dev.oriel.ops.far;
