//! Text below the options in help: examples, and what the options alone do not explain.
//!
//! Lines that begin with blanks are printed as they are; the others are paragraphs. Help with -h shows the first examples
//! only. A line has at most 78 characters, so an example is copied whole from a usual terminal.

pub(super) const PROGRAM: &str = "\
Examples:
  spikemesh run
  spikemesh run --network fashion-mlp --samples 1000
  spikemesh check my_chip.json

Files: a file that other commands read (networks, mappings, NIR graphs) is never replaced without --overwrite. A report \
replaces an empty file or an earlier report of the same kind. A file appears when it is complete. The path - is standard \
output; results for people then go to standard error.

Environment: COLUMNS is the width of tables and help, by default the terminal's. NO_COLOR turns colours off, and \
CLICOLOR_FORCE=1 turns them on where there is no terminal.

Exit codes: 0 done; 1 done, and something was found that the command looks for; 2 error.";

pub(super) const RUN: &str = "\
Examples:
  spikemesh run
  spikemesh run --network digits-cnn --chip crossbar --json report.json
  spikemesh run --chip loihi --calibration davies2018 --timing ideal
  spikemesh run --network 'random:seed=7,neurons=16384,cores=128' --limits report
  spikemesh run --trace vcd=run.vcd --trace-filter time=..20us
  spikemesh run --chip my_crossbar.json --set core.synapses.devices.read_sigma=0.05

Exit codes: 0 done; 1 the chip differs from the reference, or the run ended early; 2 error.";

pub(super) const MAP: &str = "\
Examples:
  spikemesh map --network fashion-cnn --chip loihi
  spikemesh map --network fashion-cnn --placer annealing --save mapping.json
  spikemesh run --network fashion-cnn --mapping mapping.json
  spikemesh map --network fashion-mlp --chip crossbar --limits report

Exit codes: 0 done; 1 limits of the chip are broken, or the search was interrupted; 2 error.";

pub(super) const REPORT: &str = "\
Examples:
  spikemesh run --json run.json
  spikemesh report run.json --calibration davies2018
  spikemesh report run.json --chip my_loihi.json --calibration mine --json new.json

Exit codes: as those of run.";

pub(super) const COMPARE: &str = "\
Examples:
  spikemesh compare --chips loihi,truenorth,odin
  spikemesh compare --chips loihi --set core.max_neurons=32,64 --html sizes.html
  spikemesh compare --chips loihi,sram_mesh --set steps=2,4,8 --retrain
  spikemesh compare --network fashion-cnn --set placer=linear,annealing --csv a.csv
  spikemesh compare --set steps=1,2,4,8 --shard 1/2 --journal one.journal
  spikemesh compare --merge one.journal two.journal --csv all.csv
  spikemesh compare --file my_sweep.json --html sweep.html

What can be set: any number, word or truth value in the chip's file, by its path (\"spikemesh chips NAME\" shows them), or an option of the run: \
steps, weight_bits, seed, timing, partitioner, share_cores, placer, objective, cores, calibration.

Rows are kept in a journal. After Ctrl-C or a crash, the same command continues where it stopped, and the result is the \
same byte for byte. If the network does not fit a configuration, its row gives the reason.

Exit codes: 0 done; 1 ended early, or a chip differs from the reference; 2 error.";

pub(super) const TUNE: &str = "\
Examples:
  spikemesh tune --set core.max_neurons=8..128:log --set steps=1,2,4,8
  spikemesh tune --set steps=1,2,4,8 --set weight_bits=2,3,4,8 --evaluations 12
  spikemesh tune --set core.max_neurons=8..512:log --limit accuracy=0.9
  spikemesh tune --set placer=linear,hilbert --objectives hops,latency_ns
  spikemesh tune --chips loihi,sram_mesh --set steps=1..8:linear:8 --common-terms
  spikemesh tune --set core.max_neurons=16..64:log --set cores=4..32:log
  spikemesh tune --retrain --set width.dense1=32..256:log --set epochs=5,20
  spikemesh tune --set core.max_neurons=8..128:log --fidelity 50

What can be set: as with compare, mapping included. A range such as 8..128:log is a list of nine values.

The first five configurations are spread over the space; the next ones are those of which models of the objectives, one \
Gaussian process each, expect most. The result says how well the models predict rows that they were not shown, and so \
whether the choice was better than a random one.

Rows are kept in a journal. After Ctrl-C or a crash, the same command continues where it stopped, and the result is the \
same byte for byte, for any --threads. A comparison of the same values shares the journal. \"spikemesh guide tune\" has more.

Exit codes: 0 done; 1 ended early, or a chip differs from the reference; 2 error.";

pub(super) const DIFF: &str = "\
Examples:
  spikemesh run --json a.json
  spikemesh run --set core.max_neurons=32 --json b.json
  spikemesh diff a.json b.json

The energy of an operation is its count times its price. Its change is split exactly into a part of the count, \
(count B - count A) x price A, and a part of the price, (price B - price A) x count B.

Exit codes: 0 nothing differs; 1 something differs; 2 error.";

pub(super) const INIT: &str = "\
Examples:
  spikemesh init chip my_chip.json --from loihi
  spikemesh compare --chips loihi,my_chip.json
  spikemesh init network my_network.json
  spikemesh init network my_populations.json --sparse
  spikemesh init sweep my_sweep.json
  spikemesh compare --file my_sweep.json";

pub(super) const NOC: &str = "\
Examples:
  spikemesh noc --rate 0.05
  spikemesh noc --rate 0.01..0.2:20 --html noc.html --csv noc.csv
  spikemesh noc --topology torus --width 4 --height 4 --traffic tornado
  spikemesh noc --topology tree --width 4 --height 3 --vcs 2 --router-cycles 3
  spikemesh noc --traffic hotspot:nodes=27+28,fraction=0.1 --rate 0.05
  spikemesh noc --chip loihi --traffic trace:packets.txt --html noc.html

Traffic patterns:
  uniform         to all terminals alike, the source included
  transpose       from (x, y) to (y, x); square grids only
  tornado         to (x + (width - 1) / 2, y + (height - 1) / 2), modulo the size
  neighbor        to (x + 1, y + 1), modulo the size
  bit-complement  to (width - 1 - x, height - 1 - y)
  hotspot:nodes=A+B,fraction=F
                  that fraction to these terminals, the rest to all alike
  trace:FILE      packets of a file, measured until the last has arrived

Terminals are numbered row by row; those of a tree, from left to right.

Trace files have one packet per line, in any order, with blanks or commas between the fields. Without the number of \
flits, --packet-flits applies:
  # cycle  source  destination  flits
  0        0       63           1
  12       5       9

Latency is the time from the creation of a packet at its source, whose queue is unlimited, to the arrival of its tail. A \
rate is saturated if the backlog grows as long as the load lasts. Near saturation the simulation continues, up to four \
times the length, until this is clear. If it is still not clear, or if the window is shorter than ten latencies, the \
result is \"too short to say\" (window_too_short in JSON).

Exit codes: 0 done, saturated or not; 1 ended early; 2 error.";

pub(super) const VALIDATE: &str = "\
Examples:
  spikemesh validate
  spikemesh validate odin truenorth --json validation.json
  spikemesh validate ranc --ranc path/to/memory_files/vmm
  spikemesh validate actor --data folder

Without names, all cases run whose data is available. The case \"actor\" reads loihi_sddpg/weight_0.npy and so on in the \
folder of --data, and \"ranc\" reads ranc/*.

Exit codes: 0 all figures are within their tolerance; 1 a figure is not; 2 error.";

pub(super) const CHECK: &str = "\
Examples:
  spikemesh check my_chip.json trained/digits/network.json
  spikemesh check loihi
  spikemesh check --schema chip > chip.schema.json

An editor completes and checks my_chip.json if its first field is \"$schema\": \"chip.schema.json\".";

pub(super) const CHIPS: &str = "\
Examples:
  spikemesh chips
  spikemesh chips truenorth
  spikemesh chips my_chip.json
  spikemesh chips loihi --json my_loihi.json";

pub(super) const NETWORKS: &str = "\
Examples:
  spikemesh networks
  spikemesh networks digits-cnn --json my_cnn.json
  spikemesh run --network digits-cnn";

pub(super) const DATASETS: &str = "\
Examples:
  spikemesh datasets
  spikemesh datasets --data-dir ~/data";

pub(super) const COMPLETIONS: &str = "\
Examples:
  spikemesh completions bash > ~/.local/share/bash-completion/completions/spikemesh
  spikemesh completions zsh > ~/.zfunc/_spikemesh
  spikemesh completions fish > ~/.config/fish/completions/spikemesh.fish
  spikemesh completions powershell >> $PROFILE

The folders have to exist. For zsh, ~/.zfunc has to be in fpath before compinit. New shells then complete commands, \
options, and the names of chips and networks.";

pub(super) const MAN: &str = "\
Examples:
  spikemesh man run | man -l -
  spikemesh man --dir ~/.local/share/man/man1

The pages of a folder in MANPATH are shown by \"man spikemesh\", \"man spikemesh-run\" and so on.";

pub(super) const TRAIN: &str = "\
Examples:
  spikemesh train --network digits-mlp --out trained/digits
  spikemesh train --network fashion-cnn --shift 2 --flip --out trained/fashion
  spikemesh train --network fashion-mlp --steps 4..1 --out trained/one-step
  spikemesh train --network digits-cnn --for-chip loihi --out trained/for-loihi
  spikemesh train --network digits-mlp --for-chip loihi --leak 0.9375 --out leaky
  spikemesh train --network digits-mlp --rule surrogate --from-ann --out learned
  spikemesh train --network trained/fashion --fine-tune --weight-bits 4 --out four
  spikemesh train --report-only --network trained/fashion --out trained/fashion
  spikemesh run --network trained/digits

After a stop, the same command with --resume continues the training.";
