"""Float references in numpy: what the integer side is measured against, and what trains networks on the host.

No file here shares code with the integer network. The method is that of "Forward Direct Feedback Alignment for Online
Gradient Estimates of Spiking Neural Networks", arXiv 2403.08804. Files here refer to these sections:

1. Neuron. Two exponentials, tau = 2 tau_s, c = threshold / tau in weight units. With input spikes t_j and own t_k

       A(t) = sum_j w_j exp(-(t - t_j)/tau_s)                                    the synaptic current I
       B(t) = sum_j w_j exp(-(t - t_j)/tau) - c sum_{t_k < t} exp(-(t - t_k)/tau)
       spike when B - A >= c, then B <- B - c

   With ticks: A <- alpha_s A + X, B <- alpha B + X, at most one spike a tick, layers in order within a tick.
2. Local gradient of spike k, with A_j, B_j the same sums for input j alone at weight 1:

       dt_k/dw_ij = g_k (A_j - B_j + R_ij)(t_k)        R_ij decays with tau, and grows by (c/tau) dt_k/dw_ij at spike k
       exact: g = tau / (I - c)                        SFDFA: g = tau / I, at most tau / c

   The eligibility E_ij is the sum of dt_k/dw_ij over the spikes.
3. Replay, the same without a state per synapse: backwards over the spikes of a neuron, s_{K+1} = 0,

       lambda_k = exp(-(t_{k+1} - t_k)/tau)
       gamma_k = g_k (1 + (c/tau) lambda_k s_{k+1}),   s_k = gamma_k + lambda_k s_{k+1}
       E_ij = sum_k gamma_k (A_j - B_j)(t_k)
4. Grades and learned feedback. A neuron sums w times grade of what reaches it and sends that sum with its own spike;
   a hidden neuron adds v = +-1 to its first one. d_o is the sum of the grades that output o sent, and
   B_io <- B_io + alpha_f (v_i d_o - B_io) for hidden neurons that spiked. DFA keeps B fixed and random.
5. Error and update. e_o = target_o - n_o on spike counts (one-sided: 0 for a false class below its target and for the
   true class above); hidden delta_i = sum_o B_io e_o + reg (rate_target - m_i); normalised per neuron
   delta <- step_gain delta / (q + 0.5) with q the running mean of |delta|; w <- w - rate delta E, E in seconds. A
   silent output with delta > 0 gets one virtual spike where B - A was highest, for its own update only.
"""
