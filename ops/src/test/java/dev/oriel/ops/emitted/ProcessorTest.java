package dev.oriel.ops.emitted;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What is read of the processor, and what follows from it.
class ProcessorTest {
    @Test
    void whatLinuxSays() throws Exception {
        Path info = Path.of("/proc/cpuinfo");
        Assumptions.assumeTrue(Files.exists(info) && System.getProperty("os.arch").equals("amd64"), "needs Linux on x86-64");
        String flags = Files.readAllLines(info).stream().filter(line -> line.startsWith("flags")).findFirst().orElseThrow();
        Set<String> all = Arrays.stream(flags.split("\\s+")).collect(Collectors.toSet());
        try (CodeMemory memory = new CodeMemory(Platform.LINUX)) {
            Processor found = Processor.here(memory, Platform.LINUX);
            assertThat(found.avx2()).isEqualTo(all.containsAll(List.of("avx2", "fma", "f16c")));
            assertThat(found.vnni()).isEqualTo(all.contains("avx_vnni"));
            assertThat(found.avx512()).isEqualTo(all.containsAll(List.of("avx512f", "avx512bw", "avx512vl", "avx512_vnni")));
            assertThat(found.brain()).isEqualTo(all.contains("avx512_bf16"));
        }
    }

    @Test
    void theBestIsChosen() {
        assertThat(new Processor(true, true, true, true).best()).isEqualTo(InstructionSet.AVX512);
        assertThat(new Processor(true, true, false, false).best()).isEqualTo(InstructionSet.AVX_VNNI);
        assertThat(new Processor(true, false, false, false).best()).isEqualTo(InstructionSet.AVX2);
        Processor old = new Processor(false, false, false, false);
        assertThat(old.best()).isNull();
        for (InstructionSet set : InstructionSet.values()) assertThat(old.runs(set)).isFalse();
    }
}
