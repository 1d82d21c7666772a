package dev.oriel.ops.emitted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Eight;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Every instruction byte for byte against two other assemblers: `goldens/encodings.txt`, whose lines this reads and assembles.
class AssemblerTest {
    private static final Pattern MEMORY = Pattern.compile("(\\w+) ptr \\[(\\w+)(?: \\+ (2\\*)?(r\\d+|r[a-d]x))?(?: ([+-]) (\\d+))?](\\{1to16})?");
    private static final Pattern VECTOR = Pattern.compile("([xyz])mm(\\d+)");

    private final Set<Op> seen = EnumSet.noneOf(Op.class);

    @Test
    void everyInstruction() throws IOException {
        int count = 0;
        for (String line : goldens()) {
            String[] parts = line.split("\t");
            if (parts[1].contains(";")) continue;
            assertThat(HexFormat.of().formatHex(assemble(parts[1]))).as(parts[1]).isEqualTo(parts[0]);
            count++;
        }
        assertThat(count).isGreaterThan(900);
        assertThat(seen).containsExactlyInAnyOrder(Op.values());
    }

    @Test
    void loops() throws IOException {
        for (Gpr counter : new Gpr[] {Gpr.R11, Gpr.RCX}) {
            Assembler code = new Assembler(false);
            int start = code.here();
            assertThat(code.vzeroupper().loop(counter, start).finish())
                .isEqualTo(golden("start: vzeroupper; dec " + counter.name().toLowerCase(Locale.ROOT) + "; {disp32} jne start"));
        }
    }

    @Test
    void constantsStandBehindTheCodeOnce() throws IOException {
        Constant nibbles = new Constant(0x0f0f0f0f);
        Assembler code = new Assembler(false).vector(Op.VPBROADCASTD, 256, new Vec(9), null, nibbles).vector(Op.VPBROADCASTD, 512, new Vec(17), null, new Constant(0x80808080));
        code.vector(Op.VPBROADCASTD, 256, new Vec(1), null, new Constant(0x0f0f0f0f)).ret();
        assertThat(code.finish()).isEqualTo(program("zmm17, dword ptr [rip"));
    }

    @Test
    void eightConstants() throws IOException {
        Assembler code = new Assembler(false).vector(Op.VPADDD, 256, new Vec(3), new Vec(9), new Eight(0, 1));
        assertThat(code.vector(Op.VMULPS, 256, new Vec(1), new Vec(2), Eight.of(1f)).ret().finish()).isEqualTo(program("ymmword ptr [rip"));
    }

    private static byte[] program(String part) throws IOException {
        return HexFormat.of().parseHex(goldens().stream().filter(line -> line.contains(part)).findFirst().orElseThrow().split("\t")[0]);
    }

    private static List<String> goldens() throws IOException {
        try (var in = AssemblerTest.class.getResourceAsStream("/goldens/encodings.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    private static byte[] golden(String text) throws IOException {
        return HexFormat.of().parseHex(goldens().stream().map(line -> line.split("\t")).filter(parts -> parts[1].equals(text)).findFirst().orElseThrow()[0]);
    }

    private byte[] assemble(String text) {
        // Three mnemonics exist with EVEX only.
        Assembler code = new Assembler(text.matches("(\\{evex}|vpxord|vpandd|vpord) .*"));
        String instruction = text.replaceFirst("^\\{\\w+} ", "");
        String mnemonic = instruction.split(" ")[0];
        String[] operands = instruction.equals(mnemonic) ? new String[0] : instruction.substring(mnemonic.length() + 1).split(", ");
        switch (mnemonic) {
            case "mov" -> {
                if (operands[0].startsWith("qword")) code.store(memory(operands[0]), gpr(operands[1]));
                else if (operands[0].startsWith("dword")) code.store32(memory(operands[0]), gpr("r" + operands[1].substring(1)));
                else if (operands[0].startsWith("word")) code.store16(memory(operands[0]), gpr("r" + operands[1]));
                else if (operands[0].startsWith("byte")) code.store8(memory(operands[0]), gpr("r" + operands[1].charAt(0) + "x"));
                else if (operands[1].matches("\\d+")) code.set(gpr(operands[0]), Integer.parseInt(operands[1]));
                else if (operands[1].startsWith("dword")) code.load32(gpr("r" + operands[0].substring(1)), memory(operands[1]));
                else code.load(gpr(operands[0]), memory(operands[1]));
            }
            case "movzx" -> code.load16(gpr("r" + operands[0].substring(1)), memory(operands[1]));
            case "or" -> code.or(gpr(operands[0]), gpr(operands[1]));
            case "and" -> code.and(gpr(operands[0]), Integer.parseInt(operands[1]));
            case "imul" -> code.multiply(gpr(operands[0]), Integer.parseInt(operands[2]));
            case "xor" -> code.xor(gpr(operands[0]), Integer.parseInt(operands[1]));
            case "shl" -> code.shl(gpr(operands[0]), Integer.parseInt(operands[1]));
            case "shr" -> code.shr(gpr(operands[0]), Integer.parseInt(operands[1]));
            case "add" -> {
                if (operands[1].contains("[")) code.add(gpr(operands[0]), memory(operands[1]));
                else if (operands[1].startsWith("r")) code.add(gpr(operands[0]), gpr(operands[1]));
                else code.add(gpr(operands[0]), Integer.parseInt(operands[1]));
            }
            case "prefetcht0" -> code.prefetch(memory(operands[0]), 1);
            case "prefetcht1" -> code.prefetch(memory(operands[0]), 2);
            case "push" -> code.push(gpr(operands[0]));
            case "pop" -> code.pop(gpr(operands[0]));
            case "cpuid" -> code.cpuid();
            case "xgetbv" -> code.xgetbv();
            case "ret" -> code.ret();
            case "vzeroupper" -> code.vzeroupper();
            default -> vector(code, mnemonic, operands);
        }
        return code.finish();
    }

    private void vector(Assembler code, String mnemonic, String[] operands) {
        Op op = op(mnemonic, operands);
        seen.add(op);
        int bits = Arrays.stream(operands).mapToInt(AssemblerTest::bits).max().orElseThrow();
        String last = operands[operands.length - 1];
        boolean constant = last.matches("\\d+");
        if (op.extension >= 0) code.shift(op, bits, vec(operands[0]), operand(operands[1]), Integer.parseInt(last));
        // Their destination is what the others have as their last source.
        else if (op == Op.STORE) code.vector(op, bits, vec(operands[1]), null, operand(operands[0]));
        else if (op == Op.VPEXTRD || op == Op.VEXTRACTI128) code.vector(op, bits, vec(operands[1]), null, operand(operands[0]), Integer.parseInt(last));
        else if (constant) code.vector(op, bits, vec(operands[0]), operands.length == 4 ? vec(operands[1]) : null, operand(operands[operands.length - 2]), Integer.parseInt(last));
        else code.vector(op, bits, vec(operands[0]), operands.length == 3 ? vec(operands[1]) : null, operand(last));
    }

    private static Op op(String mnemonic, String[] operands) {
        if (mnemonic.equals("vmovups")) return operands[0].contains("[") ? Op.STORE : Op.LOAD;
        String name = mnemonic.toUpperCase(Locale.ROOT);
        return Arrays.stream(Op.values()).filter(op -> name.equals(op.name())).findFirst()
            .orElseGet(() -> Op.valueOf(name.substring(0, name.length() - 1)));
    }

    private static int bits(String operand) {
        return switch (operand.charAt(0)) {
            case 'x' -> 128;
            case 'y' -> 256;
            case 'z' -> 512;
            default -> 0;
        };
    }

    private static Operand operand(String text) { return text.contains("[") ? memory(text) : vec(text); }

    private static Vec vec(String text) {
        Matcher vector = VECTOR.matcher(text);
        assertThat(vector.matches()).as(text).isTrue();
        return new Vec(Integer.parseInt(vector.group(2)));
    }

    private static Mem memory(String text) {
        Matcher memory = MEMORY.matcher(text);
        assertThat(memory.matches()).as(text).isTrue();
        int displacement = memory.group(6) == null ? 0 : Integer.parseInt(memory.group(6));
        return new Mem(gpr(memory.group(2)), memory.group(4) == null ? null : gpr(memory.group(4)), memory.group(3) == null ? 1 : 2,
            "-".equals(memory.group(5)) ? -displacement : displacement, memory.group(7) != null);
    }

    private static Gpr gpr(String name) { return Gpr.valueOf(name.toUpperCase(Locale.ROOT)); }
}
