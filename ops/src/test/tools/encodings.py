#!/usr/bin/env python3
"""Writes ops/src/test/resources/goldens/encodings.txt: instructions as two independent assemblers encode them (GNU as 2.40 and llvm-mc 14, which must agree).

    python3 ops/src/test/tools/encodings.py > ops/src/test/resources/goldens/encodings.txt
"""
import re, subprocess, sys, tempfile

BASES = ["rax", "rcx", "rdx", "rbp", "rsp", "rdi", "r8", "r9", "r12", "r13"]
DISPLACEMENTS = [0, 4, 64, 508, 512, -64, -512, 8128, 8192, 100000, 30, 96]
lines = []


def memories(size, suffix=""):
    out = [f"{size} ptr [{base}]{suffix}" for base in BASES]
    out += [f"{size} ptr [{base} {'-' if d < 0 else '+'} {abs(d)}]{suffix}" for base in ("rax", "r8", "rsp", "r13") for d in DISPLACEMENTS[1:]]
    if not suffix:
        out += [f"{size} ptr [{base} + {index}{d}]" for base in ("rax", "r9", "r13") for index in ("r10", "rbx", "2*r10", "2*rcx") for d in ("", " + 64", " + 1000")]
    return out


def some(items, seed):
    """A few of them, other ones for each instruction."""
    return [items[(seed * 7 + i * 11) % len(items)] for i in range(9)]


def vectors(width, high):
    numbers = [0, 3, 7, 8, 15] + ([16, 23, 31] if high else [])
    return [f"{width}mm{n}" for n in numbers]


def three(name, width, memory, high=False, broadcast=False, prefix="", registers=True):
    r = vectors(width, high)
    size = {"x": "xmmword", "y": "ymmword", "z": "zmmword"}[width]
    seed = len(lines)
    if registers:
        for i in range(len(r)):
            lines.append(f"{prefix}{name} {r[i]}, {r[(i + 2) % len(r)]}, {r[(i * 3 + 1) % len(r)]}")
    for i, m in enumerate(some(memories(size), seed) if memory else []):
        lines.append(f"{prefix}{name} {r[i % len(r)]}, {r[(i + 3) % len(r)]}, {m}")
    for i, m in enumerate(some(memories("dword", "{1to16}"), seed) if broadcast else []):
        lines.append(f"{prefix}{name} {r[i % len(r)]}, {r[(i + 5) % len(r)]}, {m}")


def two(name, width, size, high=False, prefix="", registers=None):
    r = vectors(width, high)
    for i, m in enumerate(some(memories(size), len(lines))):
        lines.append(f"{prefix}{name} {r[i % len(r)]}, {m}")
    if registers:
        for i, s in enumerate(vectors(registers, high)):
            lines.append(f"{prefix}{name} {r[(i + 1) % len(r)]}, {s}")


# AVX-512
for name in ("vmulps", "vfmadd231ps", "vpxord", "vpandd", "vpaddd", "vpdpbusd", "vdpbf16ps"):
    three(name, "z", True, high=True, broadcast=True)
two("vmovups", "z", "zmmword", high=True)
two("vpbroadcastd", "z", "dword", high=True, registers="x")
two("vcvtph2ps", "z", "ymmword", high=True)
two("vcvtdq2ps", "z", "zmmword", high=True, registers="z")
two("vcvtneps2bf16", "y", "zmmword", high=True, registers="z")
for i, m in enumerate(some(memories("zmmword"), 5)):
    lines.append(f"vmovups {m}, {vectors('z', True)[i % 8]}")
for i, name in enumerate(("vpsrld", "vpsrad", "vpslld")):
    r = vectors("z", True)
    for j in range(len(r)):
        lines.append(f"{name} {r[j]}, {r[(j * 3 + i) % len(r)]}, {3 + j}")
for i, m in enumerate(some(memories("dword", "{1to16}"), 2)):
    lines.append(f"vpslld {vectors('z', True)[i % 8]}, {m}, {i + 1}")
# AVX2 and AVX-VNNI
for name in ("vmulps", "vfmadd231ps", "vpxor", "vpand", "vpaddd", "vpmaddubsw", "vpmaddwd", "vpaddw", "vpsignb", "vpmaxud", "vpackssdw", "vpacksswb"):
    three(name, "y", True)
three("vpdpbusd", "y", True, prefix="{vex} ")
for name in ("vdivps", "vminps", "vmulps", "vpmaxud", "vpaddd", "vpsubd", "vphaddd", "vpxor", "vmaxps"):
    three(name, "x", False)
for name in ("vaddps", "vsubps", "vmaxps", "vfmadd213ps", "vpor", "vpandn", "vpcmpgtd", "vpcmpeqd"):
    three(name, "y", True)
for i, r in enumerate(vectors("y", False)):
    lines.append(f"vcmpps {r}, {vectors('y', False)[(i + 2) % 5]}, {vectors('y', False)[(i * 3 + 1) % 5]}, {16 + i}")
two("vmovups", "y", "ymmword")
two("vmovups", "x", "xmmword")
two("vpbroadcastd", "y", "dword", registers="x")
two("vcvtph2ps", "y", "xmmword")
two("vcvtdq2ps", "y", "ymmword", registers="y")
two("vcvtdq2ps", "x", "xmmword", registers="x")
two("vcvtps2dq", "y", "ymmword", registers="y")
two("vpabsb", "y", "ymmword", registers="y")
for width, size in (("y", "ymmword"), ("x", "xmmword")):
    for i, m in enumerate(some(memories(size), 4)):
        lines.append(f"vmovups {m}, {vectors(width, False)[i % 5]}")
for name in ("vpsrld", "vpsrad", "vpslld"):
    for i, r in enumerate(vectors("y", False)):
        lines.append(f"{name} {r}, {vectors('y', False)[(i * 2 + 1) % 5]}, {4 + i}")
for i, m in enumerate(some(memories("dword"), 6)):
    lines.append(f"vpextrd {m}, {vectors('x', False)[i % 5]}, {i % 4}")
for i, r in enumerate(vectors("x", False)):
    lines.append(f"vextracti128 {r}, {vectors('y', False)[(i * 3 + 2) % 5]}, 1")
    lines.append(f"vpshufd {r}, {vectors('x', False)[(i * 2 + 1) % 5]}, {0x4E + i}")
# The EVEX forms at 256 bits
for name in ("vmulps", "vfmadd231ps", "vpaddd", "vpdpbusd"):
    three(name, "y", True, prefix="{evex} ")
for name in ("vpxord", "vpandd"):
    three(name, "y", True)
two("vmovups", "y", "ymmword", prefix="{evex} ")
two("vcvtph2ps", "y", "xmmword", prefix="{evex} ")
two("vpbroadcastd", "y", "dword", prefix="{evex} ")
for i, m in enumerate(some(memories("ymmword"), 3)):
    lines.append(f"{{evex}} vmovups {m}, ymm{i}")
# Integers
for i, base in enumerate(BASES):
    for d in ("", " + 8", " + 120", " + 128", " - 128", " + 4096"):
        lines.append(f"mov {BASES[(i + 3) % 10]}, qword ptr [{base}{d}]")
        lines.append(f"mov dword ptr [{base}{d}], {['eax', 'ebx', 'ecx', 'edx'][i % 4]}")
    for number in (1, 127, 128, -128, -129, 288, 100000):
        lines.append(f"add {base}, {number}")
    lines.append(f"add {base}, {BASES[(i + 4) % 10]}")
    for d in ("", " + 8", " - 128", " + 4096"):
        lines.append(f"mov {['eax', 'ebx', 'ecx', 'edx'][i % 4]}, dword ptr [{base}{d}]")
        lines.append(f"movzx {['eax', 'ebx', 'ecx', 'edx'][i % 4]}, word ptr [{base}{d}]")
        lines.append(f"mov word ptr [{base}{d}], {['ax', 'bx', 'cx', 'dx'][i % 4]}")
        lines.append(f"add {BASES[(i + 3) % 10]}, qword ptr [{base}{d}]")
    for operation in ("and", "xor"):
        lines += [f"{operation} {base}, {number}" for number in (0x0f0f0f0f, -252645136, 67109888)]
    lines += [f"or {base}, {BASES[(i + 4) % 10]}", f"shl {base}, 4", f"shr {base}, 16"]
for m in memories("byte"):
    lines.append(f"prefetcht0 {m}")
    lines.append(f"prefetcht1 {m}")
for i, base in enumerate(BASES):
    lines.append(f"mov qword ptr [{base} + {8 * i}], {BASES[(i + 3) % 10]}")
lines += ["push rbx", "pop rbx", "push rbp", "pop rbp", "cpuid", "xgetbv", "ret", "vzeroupper"]
# Scales that are products
two("vpmovsxbd", "z", "xmmword", high=True)
two("vpmovsxbd", "y", "qword")
two("vpmovsxbd", "y", "qword", prefix="{evex} ")
for i, m in enumerate(some(memories("zmmword"), 1) + vectors("z", True)):
    lines.append(f"vpternlogd {vectors('z', True)[i % 8]}, {vectors('z', True)[(i * 3 + 2) % 8]}, {m}, {200 + 3 * i}")
for i, m in enumerate(some(memories("zmmword"), 8)):
    lines.append(f"{('vpslld', 'vpsrld')[i % 2]} {vectors('z', True)[i % 8]}, {m}, {i + 1}")
three("vpord", "y", True)
for i, base in enumerate(BASES):
    lines.append(f"mov {base}, {8 + 1000 * i}")
    lines += [f"mov byte ptr [{base}{d}], {['al', 'bl', 'cl', 'dl'][i % 4]}" for d in ("", " + 8", " - 128", " + 4096")]
    lines += [f"shl {base}, 1", f"shr {base}, 1", f"and {base}, 15", f"imul {base}, {base}, 2113665"]
lines += ["push rsi", "pop rsi"]
# Two small programs
lines += ["start: vzeroupper; dec r11; {disp32} jne start", "start: vzeroupper; dec rcx; {disp32} jne start",
          "vpbroadcastd ymm9, dword ptr [rip + a]; vpbroadcastd zmm17, dword ptr [rip + b]; vpbroadcastd ymm1, dword ptr [rip + a]; ret; .balign 4, 0; a: .long 0x0f0f0f0f; b: .long 0x80808080",
          "vpaddd ymm3, ymm9, ymmword ptr [rip + a]; vmulps ymm1, ymm2, ymmword ptr [rip + b]; ret; .balign 4, 0; a: .long 0, 1, 2, 3, 4, 5, 6, 7; b: .fill 8, 4, 0x3f800000"]


def gnu(source):
    with tempfile.TemporaryDirectory() as folder:
        text = ".intel_syntax noprefix\n" + source.replace(";", "\n") + "\n"
        subprocess.run(["as", "--64", "-o", folder + "/o", "-"], input=text.encode(), check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", folder + "/o", folder + "/b"], check=True)
        return open(folder + "/b", "rb").read().hex()


def llvm(sources):
    text = "\n".join(sources) + "\n"
    run = subprocess.run(["llvm-mc", "-triple=x86_64", "-x86-asm-syntax=intel", "-output-asm-variant=1", "-show-encoding", "-mattr=+avx512f,+avx512vl,+avx512bf16,+avx512vnni,+avxvnni"],
                         input=text.encode(), capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    return ["".join(f"{int(b, 16):02x}" for b in found.split(",")) for found in re.findall(r"encoding: \[([^]]*)]", run.stdout.decode())]


plain = [line for line in lines if ";" not in line]
theirs = llvm(plain)
assert len(theirs) == len(plain)
ours = {}
seen = set()
marked = gnu("\n".join(f"{line}\n.quad 0xdeadbeefcafef00d" for line in plain))
parts = marked.split("0df0fecaefbeadde")[:-1]
assert len(parts) == len(plain)
for line, a, b in zip(plain, parts, theirs):
    if a != b:
        sys.exit(f"{line}: GNU as {a}, llvm-mc {b}")
    ours[line] = b
print("# Encodings of x86-64 instructions, agreed on by GNU as 2.40 and llvm-mc 14; written by ops/src/test/tools/encodings.py, whose header has the command.")
for line in lines:
    if line in seen:
        continue
    seen.add(line)
    print(f"{ours.get(line) or gnu(line)}\t{line}")
