//! Tests that need more than Rust: data of others, a browser, programs and Python modules that read our files.
//!
//! A test whose needs are not met is reported as ignored, with what is missing. It is never reported as passed.

#![allow(unreachable_pub)]

#[path = "../it/bench.rs"]
#[allow(dead_code)]
mod bench;
mod browser;
#[path = "../it/common.rs"]
#[allow(dead_code)]
mod common;
mod compare_page;
mod emulators;
mod fashion;
mod frameworks;
#[path = "../it/graphs.rs"]
mod graphs;
mod gtkwave;
mod map_page;
mod measurements;
mod needs;
mod nir;
mod noc_page;
mod npy;
mod odin;
mod pages;
mod readers;
mod rtl;
mod run_page;
mod shells;
mod sounds;
#[path = "../it/traced.rs"]
#[allow(dead_code)]
mod traced;

use libtest_mimic::{Arguments, Trial};
use needs::Need;
use std::process::ExitCode;

/// Tests of a module that need the same things. A test that is not listed is dead code, which is an error in CI.
macro_rules! tests {
    ($list:ident, $needs:expr, $module:ident: $($name:ident),+ $(,)?) => {
        $($list.push(trial(concat!(stringify!($module), "::", stringify!($name)), &$needs, $module::$name));)+
    };
}

fn trial(name: &str, needs: &[Need], run: fn()) -> Trial {
    let missing: Vec<String> = needs.iter().filter_map(|need| need.missing()).collect();
    let test = Trial::test(name, move || {
        run();
        Ok(())
    });
    if missing.is_empty() {
        test
    } else {
        test.with_kind(format!("needs {}", missing.join(", "))).with_ignored_flag(true)
    }
}

fn of_data(list: &mut Vec<Trial>) {
    tests!(list, [Need::Data("parity")], emulators:
        emulators_of_loihi_are_equalled_spike_by_spike,
        floors_of_nengo_loihi_are_equalled_spike_by_spike,
        weights_lose_their_bits_as_brian2loihi_has_it,
        nest_is_equalled_spike_by_spike,
        sums_that_nengo_loihi_wraps_are_counted,
        edges_of_registers_are_those_of_the_program_that_is_right,
    );
    tests!(list, [], emulators: each_synapse_is_rounded_down_alone, what_a_chip_holds_in_two_formats_is_said);
    tests!(list, [Need::Data("parity")], frameworks:
        models_of_frameworks_spike_as_their_frameworks_recorded,
        the_framework_of_a_file_is_suggested,
        the_main_neuron_of_norse_is_read_with_an_impulse_into_its_current,
        an_r_of_one_by_dt_is_found_and_said_and_an_option_wins,
        the_late_reset_of_snntorch_is_no_subtraction_at_once,
        imported_networks_reach_the_accuracy_of_their_frameworks,
    );
    tests!(list, [Need::Data("fsdd"), Need::Reader("audio.py")], sounds: values_are_within_a_unit_of_those_of_numpy);
    tests!(list, [Need::Data("fsdd")], sounds: spoken_digits_are_divided_by_chance_and_by_speaker, frames_of_spoken_digits_have_classes);
    tests!(list, [Need::Data("nir/paper")], nir:
        all_example_graphs_load_run_on_a_chip_and_come_back_from_a_file_as_they_were,
        a_neuron_of_norse_spikes_when_norse_says_and_its_potential_is_the_same,
        the_recurrent_braille_networks_are_what_a_plain_evaluation_of_their_files_gives,
        the_convolutional_network_of_sinabs_is_what_plain_loops_over_its_file_give,
        damaged_example_graphs_are_errors_or_other_graphs_and_never_a_panic,
    );
    tests!(list, [Need::Data("rtl/odin")], odin:
        an_open_loop_is_equalled_spike_and_cycle,
        a_closed_loop_is_equalled_spike_and_cycle,
        neurons_that_start_high_fire_at_once,
        values_by_neuron_are_equalled_spike_and_cycle,
        an_overloaded_queue_loses_the_same_spikes,
        a_queue_that_overflows_loses_the_same_spikes,
        single_events_are_equalled_spike_and_cycle,
    );
    tests!(list, [], rtl: who_starts_at_its_threshold_fires_in_the_first_step, noc_has_the_router_of_a_run_on_every_chip);
    tests!(list, [Need::Data("rtl/ranc")], rtl: rancs_packets_take_its_routers_cycles);
    tests!(list, [Need::Data("rtl/ranc"), Need::Data("ranc")], rtl:
        rancs_ticks_spikes_and_writes_are_at_their_cycles,
    );
    tests!(list, [Need::Data("ranc")], measurements: rancs_own_test_benches_are_met_packet_by_packet);
    tests!(list, [Need::Data("loihi_sddpg/recorded_inputs_percent.npy")], measurements:
        the_measured_actor_lies_between_the_tables,
    );
    tests!(list, [Need::FashionMnist], fashion: fashion_mnist_runs_where_it_is_installed, the_embedded_part_is_the_start_of_the_whole);
}

fn of_programs(list: &mut Vec<Trial>) {
    tests!(list, [Need::Browser], pages:
        a_page_that_is_wrong_is_told_from_one_that_is_right,
        the_browser_clicks_drags_scrolls_and_types,
    );
    tests!(list, [Need::Browser], map_page:
        it_has_the_figures_of_its_report,
        its_cores_answer_the_pointer_and_keys,
        its_boards_are_coloured_by_use_and_packets,
    );
    tests!(list, [Need::Program("bash")], shells: bash_completes_commands_options_and_names);
    tests!(list, [Need::Program("groff")], shells: manual_pages_are_laid_out_without_a_warning);
    tests!(list, [Need::Program("script")], shells: progress_stays_on_its_line);
    tests!(list, [Need::Browser], noc_page:
        its_slider_goes_through_the_rates,
        its_links_answer_the_pointer_and_keys,
        its_curves_zoom_and_change_their_axes,
        names_of_other_runs_are_text,
    );
    tests!(list, [Need::Browser], run_page:
        key_figures_come_first_and_are_those_of_the_json,
        figures_of_tables_are_those_of_the_json,
        the_timeline_zooms_and_says_who_waits_for_whom,
        the_menu_of_the_timeline_changes_its_rows,
        the_energy_opens_part_by_part,
        the_slider_of_the_traffic_moves,
        the_raster_zooms_and_its_spikes_say_what_they_are,
        tables_are_sorted_by_their_headings,
        names_are_text_wherever_they_stand,
        on_a_phone_the_first_column_stays_and_says_that_the_table_scrolls,
        the_page_of_a_training_shows_its_course,
        the_index_sorts_runs_and_leads_to_their_pages,
    );
    tests!(list, [Need::Browser], compare_page:
        its_table_is_sorted_by_the_mouse_and_by_keys,
        its_rows_are_filtered_by_words_menus_and_the_front,
        its_axes_are_chosen_and_end_at_all_there_is,
        a_stretch_of_an_axis_filters_the_table,
        names_that_look_like_elements_are_text,
        on_a_phone_energy_latency_and_accuracy_are_on_the_screen,
    );
    tests!(list, [Need::Reader("waveform.py")], readers: vcd_is_read_by_vcdvcd);
    tests!(list, [Need::Reader("waveform.py"), Need::Program("fst2vcd")], readers: fst_is_read_by_gtkwave);
    let screen =
        [Need::Program("gtkwave"), Need::Program("xvfb-run"), Need::Program("import"), Need::Program("convert")];
    tests!(list, screen, gtkwave: every_signal_of_a_save_file_is_shown, what_gtkwave_does_not_find_is_seen);
    tests!(list, [Need::Reader("table.py")], readers: tables_are_read_by_pyarrow);
    tests!(list, [Need::Reader("perfetto.py")], readers: perfetto_is_read_by_its_trace_processor);
    tests!(list, [Need::Reader("graph.py"), Need::Program("dot")], readers: graphs_are_read_by_graphviz);
    tests!(list, [Need::Reader("spikes.py")], readers: recorded_spikes_are_read_by_nir);
}

fn main() -> ExitCode {
    let mut list = Vec::new();
    of_data(&mut list);
    of_programs(&mut list);
    libtest_mimic::run(&Arguments::from_args(), list).exit_code()
}
